"""What policy.yaml says figures are made of: rules of upselling, and what was spent on new friends; it counts none."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from journey_engine.language.days import DateField
from journey_engine.language.written import Definition, DurationField, EventField


class UpsellRule(Definition):
    """Who did `after` and then did `then` within so long was upsold; `more: yes`: only if it is worth more."""

    title: str = ""
    after: EventField
    then: EventField
    within: DurationField
    more: bool = False


class Spend(Definition):
    """What a source of friends cost, spread evenly over the local days from `from` to `to`."""

    cost: Decimal = Field(ge=0)
    from_: DateField = Field(alias="from")
    to: DateField


def _one_or_several(value: Any) -> Any:
    return (value,) if isinstance(value, dict | Spend) else value


Spends = Annotated[tuple[Spend, ...], BeforeValidator(_one_or_several)]
