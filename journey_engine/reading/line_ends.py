r"""How the lines of a text file end, and its text with \n after each row throughout; inside quotes it changes none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_RUN = re.compile(rb"\n\n+")


@dataclass(slots=True)
class Ends:
    r"""What was seen of a file's line ends, those inside quotes counted too: there they do no harm.

    Of each kind how many, or at least whether any: a block without \r is not counted, which takes longer than reading.
    """

    windows: int = 0
    unix: int = 0
    old: int = 0
    empty: bool = False  # there are empty lines
    _before: bytes = b"\n"

    def see(self, block: bytes) -> None:
        """Take in the next block."""
        seen = self._before + block
        if b"\r" in seen:
            windows = seen.count(b"\r\n")
            self.windows += windows
            self.unix += seen.count(b"\n") - windows - (self._before == b"\n")
            self.old += seen.count(b"\r") - windows - (self._before == b"\r")
        else:
            self.unix += b"\n" in block
        self.empty = self.empty or b"\n\n" in seen or b"\n\r\n" in seen
        self._before = block[-1:]

    @property
    def uneven(self) -> bool:
        """More than one kind of line end stands in the file, or a line is empty."""
        return self.empty or (self.windows > 0) + (self.unix > 0) + (self.old > 0) > 1


@dataclass(slots=True)
class Evened:
    r"""Blocks of text in which each row ends with \n, none is empty, and row `header` is the first.

    Quotes are counted as COPY counts them: a line end between an odd and an even one belongs to a value.
    """

    blocks: Callable[[], Iterator[bytes]]
    header: int = 1
    _left_out: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    _lines: int = 0
    _fresh: bool = True
    _skip: int = 0

    def __call__(self) -> Iterator[bytes]:
        """The text from its beginning."""
        self._left_out, self._lines, self._fresh, self._skip = [], 0, True, self.header - 1
        quoted, pending = False, b""
        for block in self.blocks():
            text = pending + block
            pending = b"\r" if text.endswith(b"\r") else b""  # its \n may be the next block's first
            parts = text.removesuffix(pending).split(b'"') if pending else text.split(b'"')
            yield self._joined(parts, quoted)
            quoted ^= len(parts) % 2 == 0
        if pending:
            yield self._joined([pending], quoted)

    def line(self, number: int) -> int:
        """Which line of the file a line of the text was."""
        return number + self.header - 1 + sum(count for before, count in self._left_out if before < number)

    def _joined(self, parts: list[bytes], quoted: bool) -> bytes:
        text = bytearray()
        for number, part in enumerate(parts):
            if number and not self._skip:
                text += b'"'
                self._fresh = False
            if (number % 2 == 1) == quoted:
                part = self._told(part.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
            elif self._skip:
                continue
            text += part
            if part:
                self._lines += part.count(b"\n")
                self._fresh = part.endswith(b"\n")
        return bytes(text)

    def _told(self, part: bytes) -> bytes:
        """Text outside quotes without the rows before the header and without empty ones."""
        while self._skip:
            _, end, part = part.partition(b"\n")
            if not end:
                return b""
            self._skip -= 1
        if self._fresh and part.startswith(b"\n"):
            rest = part.lstrip(b"\n")
            self._left_out.append((self._lines, len(part) - len(rest)))
            part = rest
        gone = 0
        for run in _RUN.finditer(part):
            before = self._lines + part.count(b"\n", 0, run.start()) + 1 - gone
            self._left_out.append((before, len(run[0]) - 1))
            gone += len(run[0]) - 1
        return _RUN.sub(b"\n", part)
