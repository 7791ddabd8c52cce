"""Members of a quarter: how many, friends, and how they moved along the lifecycle; pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from journey_engine.language.project import Project
from journey_engine.language.words import NOTHING, Language, Words
from journey_engine.measures.stages import Movement
from journey_engine.reporting import charts
from journey_engine.reporting.contents import Block, Cell, Column, Sentence, Table
from journey_engine.reporting.labels import local, month, priced
from journey_engine.reporting.quarter_figures import Period, QuarterFigures

_NONE_YET = Words("（還沒有階段）", "(none yet)")


def changes(figures: QuarterFigures, currency: str) -> Table:
    """What changed against the span before: the figures that both have."""
    columns = (
        Column(Words("指標", "figure")),
        Column(Words(figures.last.span.name, figures.last.span.name), "count"),
        Column(Words(figures.within.name, figures.within.name), "count"),
        Column(Words("變化", "change"), "growth"),
    )
    pairs = zip(_figures(figures.last, currency), _figures(figures.this, currency), strict=True)
    rows = tuple((title, was, now, now / was - 1 if was else None) for (title, was), (_, now) in pairs)
    note = (
        NOTHING
        if figures.is_over
        else Words("這一期還沒過完，和上一期不能直接比。", "This one is not over, so the two do not compare.")
    )
    return Table("changes", NOTHING, columns, rows, note)


def _figures(period: Period, currency: str) -> list[tuple[Words, int | Decimal]]:
    people = period.people
    taken = sum(each.messages for each in period.sent if each.status == "accepted")
    counts: list[tuple[Words, int | Decimal]] = [
        (Words("會員（期末）", "members at the end"), people.members),
        (Words("好友（期末）", "friends at the end"), people.friends),
        (Words("加入好友", "follows"), people.follows),
        (Words("封鎖", "blocks"), people.blocks),
        (Words("LINE 收下的訊息", "messages LINE took"), taken),
    ]
    bought = period.bought
    if bought is not None:
        counts += [
            (Words("購買", "purchases"), bought.purchases),
            (Words("購買的會員", "members who bought"), bought.buyers),
            (Words("第一次購買的會員", "of them for the first time"), bought.new_buyers),
        ]
    return counts if bought is None else [*counts, (priced("購買金額", "value", currency), bought.value)]


def stages(figures: QuarterFigures, project: Project, language: Language) -> Iterator[Block]:
    """Sizes by month, each month's movements as a grid, and how long a stage lasts."""
    titles = {stage.stage: stage.title or stage.stage for stage in project.stages.stages}
    if not figures.movement:
        yield Sentence(Words("這段時間沒有階段紀錄。", "There is no record of stages for this time."), "hint")
        return
    yield _sizes(figures, titles)
    for each in figures.movement:
        if any(was for was, _ in each.matrix):
            yield _matrix(each, titles, project.policy.zone, language)
    yield _lasting(figures, titles)


def _sizes(figures: QuarterFigures, titles: dict[str, str]) -> Table:
    named = [*titles, *sorted({now for each in figures.movement for _, now in each.matrix} - titles.keys())]
    columns = (
        Column(Words("月份", "month")),
        *(Column(Words(titles.get(name, name), titles.get(name, name)), "count") for name in named),
        Column(Words("換過階段的會員", "members who changed"), "count"),
    )
    rows = tuple((month(each.month), *(each.size(name) for name in named), each.movers) for each in figures.movement)
    note = (
        NOTHING
        if all(each.is_whole for each in figures.movement)
        else Words("最後一個月還沒過完。", "The last month is not over.")
    )
    return Table(
        "stages", Words("各階段的會員（月底）", "Members by stage at the end of the month"), columns, rows, note
    )


def _matrix(each: Movement, titles: dict[str, str], zone: str, language: Language) -> Block:
    """From (rows) to (columns), as shares of those who were there at the month's beginning."""
    before: dict[str | None, int] = {}
    for (was, _), count in each.matrix.items():
        before[was] = before.get(was, 0) + count
    order = [*titles, *sorted({now for _, now in each.matrix} - titles.keys())]
    rows = [*(name for name in [*order, None] if name in before)]
    cells = [
        (
            _named(was, titles, before[was], language),
            titles.get(now, now),
            each.matrix[was, now] / before[was] if (was, now) in each.matrix else None,
        )
        for was in rows
        for now in order
    ]
    until = "" if each.is_whole else local(each.until, zone)
    caption = Words(
        f"{month(each.month)} 從哪個階段到哪個階段" + (f"（到 {until}）" if until else ""),
        f"From which stage to which in {month(each.month)}" + (f" (up to {until})" if until else ""),
    )
    return charts.grid(
        cells, Words("月底的階段", "stage at its end"), Words("月初的階段", "at its beginning"), language, caption
    )


def _named(stage: str | None, titles: dict[str, str], count: int, language: Language) -> str:
    name = _NONE_YET.said(language) if stage is None else titles.get(stage, stage)
    return f"{name} {count:,}"


def _lasting(figures: QuarterFigures, titles: dict[str, str]) -> Table:
    columns = (
        Column(Words("階段", "stage")),
        Column(Words("已離開", "stays that ended"), "count"),
        Column(Words("還在", "that go on"), "count"),
        Column(Words("四分之一離開前（天）", "a quarter left after (days)"), "number"),
        Column(Words("一半離開前（天）", "half after (days)"), "number"),
        Column(Words("四分之三離開前（天）", "three quarters after (days)"), "number"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            titles.get(each.stage, each.stage),
            each.ended,
            each.open,
            each.first_quartile,
            each.median,
            each.third_quartile,
        )
        for each in figures.time_in_stage
    )
    note = Words(
        "還在階段裡的人也算進去（Kaplan–Meier）；離開的人不到那麼多就空著。",
        "Those still there are counted as staying on (Kaplan and Meier); empty where too few have left.",
    )
    return Table("time-in-stage", Words("在一個階段待多久", "How long a stage lasts"), columns, rows, note)
