"""An SMTP server that takes everything, keeps nothing and is not the bottleneck.

Run as `python -m benchmarks.delivery.sink [--latency MS] [--chunking]`: it prints its port, answers
each line on stdin with one line of JSON (what came since the last one), and ends when stdin does,
so also when whoever started it dies. Answers to what arrived together leave together, `latency`
after it arrived, as over a long wire: pipelined commands wait once, not each. What must stay true:
bytes are searched where they were received and never copied, so a message costs some microseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from resource import RUSAGE_SELF, getrusage
from time import perf_counter
from typing import cast

_ROOM = 1 << 18
_END = b"\r\n.\r\n"
_OK = b"250 2.0.0 Ok\r\n"
_REPLIES = {
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RCPT": b"250 2.1.5 Ok\r\n",
    b"RSET": _OK,
    b"NOOP": _OK,
    b"HELO": b"250 sink\r\n",
    b"DATA": b"354 End data with <CR><LF>.<CR><LF>\r\n",
}


class Counters:
    """What came since the last time somebody asked."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.messages = self.octets = self.connections = 0
        self._began, self._cpu = perf_counter(), _cpu_seconds()

    def line(self) -> str:
        """Return the counters as JSON, and begin anew."""
        said = {
            "messages": self.messages,
            "octets": self.octets,
            "connections": self.connections,
            "seconds": perf_counter() - self._began,
            "cpu": _cpu_seconds() - self._cpu,
        }
        self.__init__()  # type: ignore[misc]
        return json.dumps(said)


class Session(asyncio.BufferedProtocol):
    """One connection."""

    def __init__(self, counters: Counters, latency: float, extensions: bytes) -> None:
        """Answer `latency` seconds late."""
        self._counters = counters
        self._latency = latency
        self._ehlo = extensions
        self._buffer = bytearray(_ROOM)
        self._view = memoryview(self._buffer)
        self._held = 0
        self._in_data = False
        self._chunk = 0
        self._last = False
        self._out: list[bytes] = []
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast(asyncio.Transport, transport)
        self._counters.connections += 1
        self._out.append(b"220 sink ESMTP\r\n")
        self._answer()

    def get_buffer(self, _hint: int) -> memoryview:
        """Return where the next bytes go: behind those that were not understood yet."""
        return self._view[self._held :]

    def buffer_updated(self, count: int) -> None:
        """Take in what came."""
        self._counters.octets += count
        end, place = self._held + count, 0
        while place < end:
            taken = self._step(place, end)
            if taken is None:
                break
            place = taken
        self._held = end - place
        if place and self._held:
            self._buffer[: self._held] = self._buffer[place:end]
        if self._held >= _ROOM:  # a command line without an end
            self._transport.abort()
        if self._out:
            self._answer()

    def _step(self, place: int, end: int) -> int | None:
        """Take in what stands at `place`; return where the next begins, None: more must come."""
        if self._chunk:
            return self._take_chunk(place, end)
        if self._in_data:
            return self._take_data(place, end)
        stop = self._buffer.find(b"\r\n", place, end)
        if stop < 0:
            return None
        self._command(bytes(self._view[place:stop]))
        # The line end before the first line of data counts for its final dot.
        return stop if self._in_data else stop + 2

    def _take_data(self, place: int, end: int) -> int | None:
        found = self._buffer.find(_END, place, end)
        if found < 0:
            rest = max(place, end - len(_END) + 1)
            return None if rest == place else rest
        self._in_data = False
        self._took_message()
        return found + len(_END)

    def _take_chunk(self, place: int, end: int) -> int:
        taken = min(self._chunk, end - place)
        self._chunk -= taken
        if not self._chunk:
            self._end_chunk()
        return place + taken

    def _end_chunk(self) -> None:
        if self._last:
            self._took_message()
        else:
            self._out.append(_OK)

    def _took_message(self) -> None:
        self._counters.messages += 1
        self._out.append(_OK)

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            self._out.append(self._ehlo)
        elif verb == b"QUIT":
            self._closing = True
            self._out.append(b"221 2.0.0 Bye\r\n")
        elif verb == b"BDAT":
            self._begin_chunk(line.split())
        else:
            self._in_data = verb == b"DATA"
            self._out.append(_REPLIES.get(verb, b"500 5.5.2 What?\r\n"))

    def _begin_chunk(self, words: list[bytes]) -> None:
        self._chunk, self._last = int(words[1]), words[-1].upper() == b"LAST"
        if not self._chunk:
            self._end_chunk()

    def _answer(self) -> None:
        said = b"".join(self._out)
        self._out.clear()
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._say, said, self._closing)
        else:
            self._say(said, self._closing)

    def _say(self, said: bytes, closing: bool) -> None:
        self._transport.write(said)
        if closing:
            self._transport.close()


def _cpu_seconds() -> float:
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _serve(latency: float, *, chunking: bool) -> None:
    counters = Counters()
    offered = ["sink", "PIPELINING", "SIZE 104857600", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN"]
    offered += ["CHUNKING"] if chunking else []
    lines = [f"250-{line}" for line in offered[:-1]] + [f"250 {offered[-1]}"]
    ehlo = "".join(f"{line}\r\n" for line in lines).encode()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Session(counters, latency, ehlo), "127.0.0.1", 0, backlog=512
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    asked = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
    while await asked.readline():
        print(counters.line(), flush=True)
    server.close()


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser(description="Take mail and forget it.")
    parser.add_argument("--latency", type=float, default=0, metavar="MS")
    parser.add_argument("--chunking", action="store_true")
    chosen = parser.parse_args()
    try:
        from uvloop import new_event_loop
    except ModuleNotFoundError:
        from asyncio import new_event_loop
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(chosen.latency / 1000, chunking=chosen.chunking))


if __name__ == "__main__":
    main()
