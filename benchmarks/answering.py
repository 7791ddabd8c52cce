"""A stand-in for LINE that takes everything: each request is answered 200 after a while; it checks and stores nothing.

`python -m benchmarks.answering 0.04` prints its address, and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from benchmarks.measuring import seconds_of

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-line-request-id: %08d-0000-0000-0000-000000000000\r\n"
_PUSHED = b'{"sentMessages":[{"id":"461230966842064897","quoteToken":"IStG5h1Tz7b"}]}'
_QUOTA = {b"quota": b'{"type":"none"}', b"consumption": b'{"totalUsage":0}'}


class _Answers(asyncio.Protocol):
    """One connection: requests come whole or in pieces, one after the other."""

    delay = 0.04
    answered = 0

    def __init__(self) -> None:
        self._heard = bytearray()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._heard[:end]).lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._heard) < end + 4 + length:
                return
            del self._heard[: end + 4 + length]
            path = head.split(b" ", 2)[1].rsplit(b"/", 1)[1]
            self._loop.call_later(self.delay, self._answer, path)

    def _answer(self, path: bytes) -> None:
        _Answers.answered += 1
        body = _QUOTA.get(path, _PUSHED if path == b"push" else b"{}")
        length = b"Content-Length: %d\r\n\r\n" % len(body)
        self._transport.write(_HEAD % _Answers.answered + length + body)


async def serve(delay: float) -> None:
    """Listen on a free port of this machine until the standard input ends."""
    _Answers.delay = delay
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Answers, "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


class Answerer:
    """A running stand-in: where it is reached, and what CPU it has used."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self._pid = pid

    @property
    def used(self) -> float:
        return seconds_of(self._pid)


@contextmanager
def answering(delay: float = 0.04) -> Generator[Answerer]:
    """Start one in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.answering", str(delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Answerer(process.stdout.readline().strip(), process.pid)
        finally:
            process.stdin.close() if process.stdin else None


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
