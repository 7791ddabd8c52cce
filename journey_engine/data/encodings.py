"""Which encoding a text file is in, and its bytes as UTF-8; it replaces no character."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from journey_engine.data.mistakes import UnknownEncoding, WrongEncoding

BLOCK = 256 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What a file without a mark may be in, strictest first: nearly no CP950 text is also valid UTF-8.
_CANDIDATES = ("utf-8", "cp950")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text file's encoding (a Python codec name, its byte order mark not counted) and the SHA-256 of its bytes."""

    encoding: str
    checksum: str


def look_at(path: Path, declared: str) -> Encoded:
    """Read the file once: its checksum, and its encoding (`declared`, or what `detect` finds).

    Raises UnknownEncoding, and WrongEncoding with the first line whose bytes do not fit. Python's big5 lacks characters
    that Windows writes (e.g. 碁, €), so a declared big5 is read as its superset cp950.
    """
    digest = hashlib.sha256()
    mark = b""
    with path.open("rb") as file:
        for number, block in enumerate(iter(lambda: file.read(BLOCK), b"")):
            mark = block[:4] if number == 0 else mark
            digest.update(block)
    encoding = _declared(path, declared) or _by_mark(mark) or _by_trial(path)
    return Encoded(encoding, digest.hexdigest())


def as_utf8(path: Path, encoding: str) -> Iterator[bytes]:
    """The file's text in UTF-8 blocks without a byte order mark; UTF-8 bytes pass as they are.

    Raises WrongEncoding with the line of the first bytes that do not fit (for UTF-8 the database finds them).
    """
    if encoding == "utf-8":
        with path.open("rb") as file:
            first = file.read(BLOCK).removeprefix(codecs.BOM_UTF8)
            yield first
            yield from iter(lambda: file.read(BLOCK), b"")
        return
    for text in _decoded(path, encoding):
        yield text.encode()


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    line = 1
    with path.open("rb") as file:
        while True:
            block = file.read(BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                sound = error.object[: error.start].decode(encoding, errors="ignore")
                culprit = error.object[error.start : error.start + 4].hex(" ")
                where = f"{path}:{line + sound.count(chr(10))}"
                raise WrongEncoding(encoding, where, f"the bytes {culprit} stand for nothing in it") from error
            line += text.count("\n")
            yield text
            if not block:
                return


def _declared(path: Path, declared: str) -> str | None:
    if declared == "detect":
        return None
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        raise UnknownEncoding(declared, str(path)) from None
    return {"utf-8-sig": "utf-8", "big5": "cp950", "ascii": "utf-8"}.get(name, name)


def _by_mark(beginning: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if beginning.startswith(mark)), None)


def _by_trial(path: Path) -> str:
    found: WrongEncoding | None = None
    for encoding in _CANDIDATES:
        try:
            for _ in _decoded(path, encoding):
                pass
        except WrongEncoding as error:
            found = found or error
        else:
            return encoding
    assert found is not None
    raise WrongEncoding("UTF-8 nor CP950/Big5", found.where, "no known encoding fits all its bytes") from found
