"""The sandbox's memory on disk: one JSON record a line, appended before an answer leaves; it never rewrites a line."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from journey_engine.errors import JourneysError

Record = dict[str, Any]
_CHUNK = 8 * 1024
_BLOCK = 4 * 1024 * 1024


class JournalTaken(JourneysError):
    """Another sandbox writes this journal."""

    def __init__(self, path: Path) -> None:
        super().__init__("Another sandbox writes this journal.", "Stop it, or name another journal file.", str(path))


class JournalBroken(JourneysError):
    """A line in the middle of the journal is not JSON."""

    def __init__(self, path: Path, offset: int) -> None:
        super().__init__(
            "This record of the sandbox's journal cannot be read.",
            "Move the file away to start an empty sandbox.",
            f"{path}:byte {offset}",
        )


class Journal:
    """An append-only file of records, found again by byte offset.

    A record is in the operating system's hands when `append` returns: it survives a kill -9 of the process. `sync`
    makes it survive the machine. Raises JournalTaken if another process holds the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise JournalTaken(path) from error
        self._end = os.fstat(self._file).st_size
        self._synced = self._end

    def append(self, record: Record) -> int:
        """Write one record; its byte offset, by which `read` finds it."""
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        offset, written = self._end, 0
        while written < len(line):
            written += os.pwrite(self._file, line[written:], offset + written)
        self._end = offset + len(line)
        return offset

    def read(self, offset: int) -> Record:
        """The record at `offset`, as `append` returned it."""
        line, size = b"", _CHUNK
        while b"\n" not in line:
            line = os.pread(self._file, size, offset)
            if len(line) < size and b"\n" not in line:
                raise JournalBroken(self.path, offset)
            size *= 4
        return orjson.loads(line[: line.index(b"\n")])

    def replay(self) -> Iterator[tuple[int, Record]]:
        """Every record with its offset, oldest first; a last line cut off by a crash is dropped from the file.

        Such a line was never answered for. Raises JournalBroken for any other unreadable line.
        """
        offset, rest = 0, b""
        while block := os.pread(self._file, _BLOCK, offset + len(rest)):
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                try:
                    record: Record = orjson.loads(line)
                except orjson.JSONDecodeError as error:
                    raise JournalBroken(self.path, offset) from error
                yield offset, record
                offset += len(line) + 1
        os.ftruncate(self._file, offset)
        self._end = self._synced = offset

    def sync(self) -> None:
        """Make what was appended survive a loss of power; does nothing if nothing was appended."""
        end = self._end
        if end != self._synced:
            os.fsync(self._file)
            self._synced = end

    def clear(self) -> None:
        """Forget every record."""
        os.ftruncate(self._file, 0)
        self._end = 0

    def close(self) -> None:
        """Sync and let go of the file."""
        self.sync()
        os.close(self._file)
