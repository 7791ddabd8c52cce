"""Which encoding a text file is in, and its bytes as UTF-8; it replaces no character."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from journey_engine.language.feed import LOOKS
from journey_engine.reading.line_ends import Ends
from journey_engine.reading.mistakes import CutOff, UnknownEncoding, WrongEncoding

BLOCK = 256 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What charset-normalizer may find where neither a mark nor UTF-8 says it: what Windows writes here, then elsewhere.
_CANDIDATES = ("cp950", "gb18030", "cp932", "cp949", "cp1252")
_ALIKE = 0.1  # so little more mess than in the tidiest reading of a few names is no reason to doubt the likelier one
_SAMPLE = 64 * 1024  # bytes of lines that hold other than ASCII: enough to tell, and quick
_SURE = 3  # letters beyond ASCII that were read as UTF-8 before the first that is none: no other encoding looks so
_NAMES = {
    "cp950": "Big5 (CP950)", "gb18030": "GB18030", "cp932": "Shift-JIS (CP932)", "cp949": "EUC-KR (CP949)",
    "cp1252": "Windows Latin (CP1252)", "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text file's encoding (a Python codec name, its byte order mark not counted) and the SHA-256 of its bytes.

    `ends`: how its lines end; `guessed`: nobody had said which encoding it is, and no mark does.
    """

    encoding: str
    checksum: str
    ends: Ends
    guessed: bool = False

    @property
    def name(self) -> str:
        """As people call it."""
        return _NAMES.get(self.encoding, self.encoding)


def look_at(path: Path, declared: str) -> Encoded:
    """Read the file once: its checksum, how its lines end, and its encoding (`declared`, or what `auto` finds).

    Raises UnknownEncoding, CutOff, and WrongEncoding with the first line whose bytes do not fit. Python's big5 lacks
    characters that Windows writes (e.g. 碁, €), so a declared big5 is read as its superset cp950.
    """
    digest, ends = hashlib.sha256(), Ends()
    mark = b""
    with path.open("rb") as file:
        for number, block in enumerate(iter(lambda: file.read(BLOCK), b"")):
            mark = block[:4] if number == 0 else mark
            digest.update(block)
            ends.see(block)
    said = _declared(path, declared) or _by_mark(mark)
    encoding = said or _by_looking(path)
    return Encoded(encoding, digest.hexdigest(), ends, guessed=said is None and encoding != "utf-8")


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
                where = f"{path}:{line + sound.count(chr(10))}"
                if not block and error.end == len(error.object):
                    raise CutOff(_NAMES.get(encoding, encoding), where) from error
                culprit = error.object[error.start : error.start + 4].hex(" ")
                raise WrongEncoding(encoding, where, f"the bytes {culprit} stand for nothing in it") from error
            line += text.count("\n")
            yield text
            if not block:
                return


def _declared(path: Path, declared: str) -> str | None:
    if declared in LOOKS:
        return None
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        raise UnknownEncoding(declared, str(path)) from None
    return {"utf-8-sig": "utf-8", "big5": "cp950", "ascii": "utf-8"}.get(name, name)


def _by_mark(beginning: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if beginning.startswith(mark)), None)


def _by_looking(path: Path) -> str:
    """UTF-8 if it is; else what charset-normalizer finds likeliest among those that fit the whole file."""
    broken = _unfit(path, "utf-8")
    if broken is None:
        return "utf-8"
    if isinstance(broken, CutOff) or _letters_before(path, broken) >= _SURE:
        raise broken
    faults = {encoding: _unfit(path, encoding) for encoding in _CANDIDATES}
    fitting = [encoding for encoding, fault in faults.items() if fault is None or isinstance(fault, CutOff)]
    if not fitting:
        raise WrongEncoding("UTF-8 nor CP950/Big5", broken.where, "no known encoding fits all its bytes")
    likeliest = _likeliest(path, fitting)
    fault = faults[likeliest]
    if fault is not None:
        raise fault
    return likeliest


def _unfit(path: Path, encoding: str) -> WrongEncoding | None:
    try:
        for _ in _decoded(path, encoding):
            pass
    except WrongEncoding as error:
        return error
    return None


def _letters_before(path: Path, broken: WrongEncoding) -> int:
    """How many letters beyond ASCII stand, as UTF-8, in the lines before the one that is none."""
    line, found = int(broken.where.rsplit(":", 1)[1]), 0
    with path.open("rb") as file:
        for number, row in enumerate(file, start=1):
            if number >= line or found >= _SURE:
                break
            found += sum(character > "\x7f" for character in row.decode("utf-8", "ignore"))
    return found


def _likeliest(path: Path, fitting: list[str]) -> str:
    """What charset-normalizer says of the lines that hold other than ASCII: of the others nothing can be told."""
    from charset_normalizer import from_bytes

    telling = bytearray()
    with path.open("rb") as file:
        for row in file:
            if not row.isascii():
                telling += row
            if len(telling) >= _SAMPLE:
                break
    found = {codecs.lookup(match.encoding).name: match for match in from_bytes(bytes(telling), cp_isolation=fitting)}
    tidiest = min((match.chaos for match in found.values()), default=0.0)
    return next((each for each in fitting if each in found and found[each].chaos <= tidiest + _ALIKE), fitting[0])
