"""`make bench`: every measurement, one after the other, each beside its peers."""

from __future__ import annotations

from benchmarks import composing, editions, importing, preview, processes, signing, splice


def main() -> None:
    """Run all of them with their usual sizes."""
    for part in (processes, editions, splice, composing, signing, importing, preview):
        part.main()
        print()


if __name__ == "__main__":
    main()
