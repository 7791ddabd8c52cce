"""The stable draws, in SQL: who is held out, which arm of a split; the same for a member for ever.

draw(salt, purpose, key) = the first 8 hex digits of sha256("salt|purpose|key"), modulo 10,000.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, LargeBinary, String, case, cast, func, literal, or_
from sqlalchemy.dialects.postgresql import BIT

from journey_engine.language.journey import Journey, Split
from journey_engine.language.project import Project

PARTS = 10_000


def draw(salt: str, purpose: str, member_key: ColumnElement[Any]) -> ColumnElement[Any]:
    """A number from 0 to 9,999."""
    text = literal(f"{salt}|{purpose}|").concat(member_key)
    digest = func.sha256(func.convert_to(text, "UTF8", type_=LargeBinary), type_=LargeBinary)
    bits = literal("x").concat(func.encode(func.substr(digest, 1, 4, type_=LargeBinary), "hex", type_=String))
    return cast(cast(bits, BIT(32)), BigInteger) % PARTS


def held_out(project: Project, journey: Journey, member_key: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the draw keeps the member out of this journey, or out of all."""
    shares = [("global", project.policy.global_holdout), (journey.journey, journey.holdout)]
    asked = [draw(salt, "holdout", member_key) < _parts(share) for salt, share in shares if share > 0]
    return or_(literal(False), *asked)


def arm(split: Split, drawn: ColumnElement[Any]) -> ColumnElement[Any]:
    """The arm in whose part of the cumulative shares, in written order, the draw falls; null above their sum."""
    upto, whens = Decimal(0), list[tuple[ColumnElement[bool], Any]]()
    for name, share in ((name, arm.share) for name, arm in split.split.items()):
        upto += share
        whens.append((drawn < _parts(upto), literal(name)))
    return case(*whens)


def _parts(share: Decimal) -> int:
    # A share has at most four decimals, so this is whole.
    return int(share * PARTS)
