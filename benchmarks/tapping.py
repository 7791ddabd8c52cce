"""A crowd that taps: `python -m benchmarks.tapping PORT FILE CONNECTIONS` gets each path once; it keeps nothing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

_PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Safari Line/15.1.0"


async def tap(port: int, paths: list[str], connections: int) -> int:
    """Get all of them over so many kept connections; how many were answered 302."""
    waiting = iter(paths)

    async def one() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        led = 0
        for path in waiting:
            writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nuser-agent: {_PHONE}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            led += head.startswith(b"HTTP/1.1 302")
        writer.close()
        return led

    return sum(await asyncio.gather(*(one() for _ in range(connections))))


def main() -> None:
    """Print how many were led on."""
    port, file, connections = sys.argv[1:4]
    print(asyncio.run(tap(int(port), Path(file).read_text().split(), int(connections))))


if __name__ == "__main__":
    main()
