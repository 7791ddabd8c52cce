"""The lifecycle in words: who is in which stage, who moved where, how long stages last; it counts nobody."""

from __future__ import annotations

from collections.abc import Sequence

from journey_engine.explaining.told import Told
from journey_engine.measures.stages import Movement, Standing, TimeInStage
from journey_engine.saying.columns import columns


def standing_lines(stands: Standing, told: Told) -> list[str]:
    """The stages with their members now."""
    head = ("階段", "人數") if told.language == "zh-TW" else ("stage", "members")
    rows = [(_stage(stage, told), size) for stage, size in stands.sizes.items()]
    return [told.say(f"截至 {told.at(stands.as_of)}", f"As of {told.at(stands.as_of)}"), *columns(head, rows)]


def movement_lines(month: Movement, stages: Sequence[str], told: Told) -> list[str]:
    """The matrix of one month: from the stage of a row to that of a column."""
    name = f"{month.month:%Y-%m}"
    upto = "" if month.is_whole else told.say(f"（到 {told.at(month.until)}）", f" (up to {told.at(month.until)})")
    lines = [
        told.say(
            f"{name}{upto}：{month.changes:,} 次變動，{month.movers:,} 位會員",
            f"{name}{upto}: {month.changes:,} changes by {month.movers:,} members",
        )
    ]
    named = [*stages, *sorted({to for _, to in month.matrix} - set(stages))]
    before = [*named, *sorted({was for was, _ in month.matrix if was} - set(named))]
    head = [told.say("從＼到", "from \\ to"), *(_stage(stage, told) for stage in named), told.say("合計", "in all")]
    rows: list[list[str | int | float]] = []
    for was in (None, *before):
        counts = [month.matrix.get((was, to), 0) for to in named]
        if any(counts):
            first = told.say("（新加入）", "(first entry)") if was is None else _stage(was, told)
            rows.append([first, *counts, sum(counts)])
    rows.append([told.say("月底", "at the end"), *(month.size(to) for to in named), month.members])
    return [*lines, *(f"  {line}" for line in columns(head, rows))]


def lasting_lines(lasting: Sequence[TimeInStage], told: Told) -> list[str]:
    """How many days each stage lasts."""
    zh = ("階段", "已結束", "進行中", "四分之一短於", "中位數", "四分之三短於")
    en = ("stage", "ended", "going on", "a quarter below", "median", "three quarters below")
    rows = [
        (
            _stage(each.stage, told),
            each.ended,
            each.open,
            *map(_days, (each.first_quartile, each.median, each.third_quartile)),
        )
        for each in lasting
    ]
    note = told.say(
        "單位：天（Kaplan-Meier 估計）；還沒結束的停留，以到目前為止的天數計入；「-」：結束的還不夠多。",
        "Days, by Kaplan-Meier: stays that go on count as lasting at least so long; “-”: too few have ended.",
    )
    return [*columns(zh if told.language == "zh-TW" else en, rows), note]


def _days(length: float | None) -> str:
    return "-" if length is None else f"{length:,.1f}"


def _stage(stage: str, told: Told) -> str:
    title = next((each.title for each in told.titles.project.stages.stages if each.stage == stage), "")
    return f"{title} {stage}" if title else stage
