"""Moments, events and answers in words, as the log keeps them; every sentence of an explanation is built of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from journey_engine.explaining.record import Record, Version
from journey_engine.language.conditions import Condition, leaves
from journey_engine.language.journey import Journey
from journey_engine.language.words import Words
from journey_engine.saying.conditions import said
from journey_engine.saying.titles import Titles
from journey_engine.saying.triggers import trigger
from journey_engine.saying.values import joined, weekday

_SHOWN = 4  # properties of an event


@dataclass(frozen=True)
class Teller:
    """What every sentence is given: the record, the titles, and whose clocks are shown."""

    record: Record
    titles: Titles
    zone: ZoneInfo

    @cached_property
    def _read(self) -> dict[tuple[str, int], Journey]:
        return {}

    def journey(self, name: str, version: Version | None) -> Journey | None:
        """The journey as it was in that version; None if its definition is not kept."""
        if version is None:
            return None
        known = self._read
        if (name, version.version) not in known:
            known[name, version.version] = Journey.model_validate(version.body)
        return known[name, version.version]

    def moment(self, at: datetime) -> Words:
        """`2026-03-02（週一）10:00` in the member's zone."""
        return moment(at, self.zone)

    def event(self, number: int) -> Words:
        """An event of the log with its properties: `結帳（order_id A1、金額 500）`."""
        row = self.record.events.get(number)
        if row is None:
            return Words(f"事件 {number}", f"event {number}")
        what = self.titles.event(row.name, row.of)
        shown: list[Words] = [] if row.value is None else [Words(f"金額 {row.value:f}", f"value {row.value:f}")]
        shown += [Words(*[f"{name} {value}"] * 2) for name, value in row.properties.items() if value not in (None, "")]
        if not shown:
            return what
        beside = joined(shown[:_SHOWN], "、")
        return Words(f"{what.zh}（{beside.zh}）", f"{what.en} ({beside.en})")

    def let_in(self, row: Row[Any], journey: Journey | None) -> Words:
        """What a trigger was: the event itself, or the rule of the journey that fired."""
        kind, _, number = row.entry_ref.partition(":")
        if kind == "event":
            return self.event(int(number))
        if journey is None:
            return Words(row.entry_ref, row.entry_ref)
        what = trigger(journey.enter, self.titles)
        if kind == "date":
            return Words(f"{what.zh}（{number}）", f"{what.en} ({number})")
        return what

    def answers(self, why: Any, rules: Mapping[str, Condition]) -> Words:
        """What each part of the rules said when it was asked, by the reason kept with the decision.

        `rules`: conditions by what stands before the number of the part in the reason's keys (`if`, `1`, or nothing).
        """
        found: list[Words] = []
        for key, holds in reason(reason(why).get("asked")).items():
            rule, _, number = key.rpartition(".")
            parts = list(leaves(rules[rule])) if rule in rules else []
            if number.isdecimal() and int(number) < len(parts):
                part = said(parts[int(number)], self.titles)
                found.append(
                    Words(
                        f"{part.zh.strip()}：{'成立' if holds else '不成立'}", f"{part.en}: {'yes' if holds else 'no'}"
                    )
                )
        return joined(found, "；", "; ")


def moment(at: datetime, zone: ZoneInfo) -> Words:
    """`2026-03-02（週一）10:00` on the zone's clocks; seconds only where there are any."""
    local = at.astimezone(zone)
    clock = f"{local:%H:%M}" if local.second == 0 else f"{local:%H:%M:%S}"
    day = weekday(local.weekday())
    return Words(f"{local:%Y-%m-%d}（{day.zh}）{clock}", f"{day.en} {local:%Y-%m-%d} {clock}")


def reason(why: Any) -> dict[str, Any]:
    """What was kept with a decision; nothing where nothing was."""
    return cast("dict[str, Any]", why) if isinstance(why, dict) else {}


def beside(words: Words, more: Words) -> Words:
    """The words with more of them in brackets, if there are any."""
    return Words(f"{words.zh}（{more.zh}）", f"{words.en} ({more.en})") if more else words
