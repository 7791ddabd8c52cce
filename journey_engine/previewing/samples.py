"""Values to look at a message with, where no member's are at hand; none of them ever leaves a preview."""

from __future__ import annotations

from typing import Any

from journey_engine.language.contents import ITEM
from journey_engine.language.project import Project
from journey_engine.line.filling import COUPON, Dealt, Filled
from journey_engine.line.placeholders import Placeholder

_NAMES = {
    "name": "怡君",
    "city": "台北",
    "store": "大安店",
    "order_id": "A20270308-001",
    "email": "mei@example.com",
    "sku": "A-100",
    "title": "春季外套",
    "url": "https://shop.example.com/a-100",
}
_ITEMS = ("春季外套", "帆布包", "羊毛襪")


def sample_of(wanted: Placeholder, project: Project, *, link: bool = False) -> str:
    """A value of the placeholder's kind or form: of a closed set the first, of a well-known name what one would expect.

    `link`: it begins an address.
    """
    declared = project.schema_.attributes.get(wanted.name)
    if declared is not None and declared.values:
        return declared.values[0]
    match wanted.kind or wanted.form:
        case "number" | "money":
            return "1250"
        case "date" | "day":
            return "2027-03-08"
        case "time":
            return "2027-03-08T10:30:00+08:00"
        case _ if wanted.name.startswith(COUPON):
            return "ABCD-1234"
        case _ if link:
            return _NAMES["url"]
        case _:
            last = wanted.name.rsplit(".", 1)[-1]
            return _NAMES.get(last) or (declared.title if declared else "") or last


def sample_items(cards: Dealt, project: Project) -> list[Any]:
    """Items for the bubbles of `cards`, with a value for each of their own placeholders."""
    own: dict[str, str] = {}
    for piece in cards.pieces:
        for number, part in enumerate(piece.parts if isinstance(piece, Filled) else ()):
            if isinstance(part, Placeholder) and part.name.startswith(f"{ITEM}."):
                link = isinstance(piece, Filled) and piece.link and number == 0
                own[part.name.removeprefix(f"{ITEM}.")] = sample_of(part, project, link=link)
    return [_called(name, own) if own else name for name in _ITEMS[: cards.at_most]]


def _called(name: str, item: dict[str, str]) -> dict[str, str]:
    return {field: name if field in ("name", "title") else value for field, value in item.items()}
