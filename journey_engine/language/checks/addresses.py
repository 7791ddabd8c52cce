"""Whether the addresses in a message are such as LINE opens or shows; it opens none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from journey_engine.language import limits
from journey_engine.language.checks.names import Sentence
from journey_engine.language.checks.slots import Bench, slot_problems
from journey_engine.language.placeholders import pieces, without_slots
from journey_engine.language.places import Path, Problem
from journey_engine.language.words import NOTHING, Words

# What may stand in an address as it is (RFC 3986); the rest is percent-encoded as UTF-8.
_SIGNS = "%/:?#[]@!$&'()*+,;=~-._"
_ODD = re.compile(r"[^A-Za-z0-9%/:?#\[\]@!$&'()*+,;=~\-._]|%(?![0-9A-Fa-f]{2})")


def link_sentences(address: str) -> Iterator[Sentence]:
    """What is wrong with an address that a tap opens: http, https, line, tel; or a member's own."""
    if not re.match(r"(?i)https?://[^\s/]|tel:[^\s]|line://[^\s]|\{\s*[a-z]", address):
        yield _NO_LINK
        return
    yield from _written(address, limits.URI)


def picture_sentences(address: str) -> Iterator[Sentence]:
    """What is wrong with an address of a picture, film or sound: https alone; or a member's own."""
    if not re.match(r"(?i)https://[^\s/]|\{\s*[a-z]", address):
        yield _NO_PICTURE
        return
    yield from _written(address, limits.URL)


def _written(address: str, most: int) -> Iterator[Sentence]:
    if len(without_slots(address)) > most:
        what = Words(f"網址太長，最多 {most} 個字元。", f"This address is longer than {most} characters.")
        yield what, NOTHING
    odd = _ODD.search(without_slots(address))
    if odd is not None:
        made = "".join(_encoded(piece) for piece in _kept(address))
        what = Words(f"網址裡的「{odd[0]}」要先編碼。", f"“{odd[0]}” must be percent-encoded in an address.")
        yield what, Words(f"請寫 {made}", f"Write {made}")


def _kept(address: str) -> Iterator[str]:
    """The stretches of an address, placeholders as they are written."""
    for piece in pieces(address):
        yield piece if isinstance(piece, str) else piece.written


def _encoded(piece: str) -> str:
    whole = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", piece)
    return piece if piece.startswith("{") and piece.endswith("}") else quote(whole, safe=_SIGNS)


def link_problems(bench: Bench, path: Path, address: str | None) -> Iterator[Problem]:
    """What is wrong with a link at `path`, its placeholders among it; nothing with None."""
    if address is not None:
        yield from (bench.wrong(path, sentence) for sentence in link_sentences(address))
        yield from slot_problems(bench, path, address)


def picture_problems(bench: Bench, path: Path, address: str | None) -> Iterator[Problem]:
    """The same for the address of a picture, film or sound."""
    if address is not None:
        yield from (bench.wrong(path, sentence) for sentence in picture_sentences(address))
        yield from slot_problems(bench, path, address)


_NO_LINK = (
    Words("這不是可以開啟的網址。", "This is no link that LINE opens."),
    Words("以 https:// 開頭；電話寫 tel:。", "Begin it with https://, or tel: for a phone number."),
)
_NO_PICTURE = (
    Words(
        "圖片、影片、聲音的網址要以 https:// 開頭。", "The address of a picture, film or sound begins with https://."
    ),
    NOTHING,
)
