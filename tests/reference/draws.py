"""The stable draws: who is held out and which arm of a split is taken; a stored choice goes before any draw."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

from journey_engine.language.journey import Split


def draw(salt: str, purpose: str, member_key: str) -> int:
    """A number from 0 to 9,999, the same for ever."""
    return int(sha256(f"{salt}|{purpose}|{member_key}".encode()).hexdigest()[:8], 16) % 10_000


def held_out(share: Decimal, salt: str, member_key: str) -> bool:
    return draw(salt, "holdout", member_key) < share * 10_000


def arm_of(split: Split, journey: str, step: str, member_key: str) -> str:
    """The arm in whose part of the cumulative shares, in written order, the draw falls."""
    drawn = draw(journey, step, member_key)
    upto = Decimal(0)
    for name, arm in split.split.items():
        upto += arm.share
        if drawn < upto * 10_000:
            return name
    raise ValueError(f"the shares of {step} do not add up to 100%")
