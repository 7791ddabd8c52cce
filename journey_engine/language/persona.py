"""`journeys/personas.yaml`: named combinations of what is known of members; it says who is one, and finds nobody."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from journey_engine.language.conditions import All, Condition, Not
from journey_engine.language.written import Definition, Name, RuleField

# What a persona's stays are called among those of segments; no segment's name holds a colon.
PREFIX = "persona:"


class Persona(Definition):
    persona: Name
    title: str = ""
    if_: RuleField = Field(alias="if")


class Personas(Definition):
    """`choose: all` (a member is every persona whose rule holds) or `first` (the first one from the top)."""

    choose: Literal["all", "first"] = "all"
    personas: tuple[Persona, ...] = Field(min_length=1)

    def rules(self) -> dict[str, Condition]:
        """When a member is which persona, the order of `choose: first` worked in."""
        found: dict[str, Condition] = {}
        before: list[Condition] = []
        for one in self.personas:
            rule = one.if_.condition
            found[one.persona] = All((*before, rule)) if before and self.choose == "first" else rule
            before.append(Not(rule))
        return found
