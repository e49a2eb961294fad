"""`make bench`: every measurement, one after the other, each beside its peers."""

from __future__ import annotations

from benchmarks import editions, importing, processes, splice


def main() -> None:
    """Run all of them with their usual sizes."""
    for part in (processes, editions, splice, importing):
        part.main()
        print()


if __name__ == "__main__":
    main()
