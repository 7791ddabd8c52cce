"""How brand and members met in a quarter and what members said: touchpoints, NPS and CSAT; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from journey_engine.language.project import Project
from journey_engine.language.words import NOTHING, Language, Words
from journey_engine.measures.nps import Asked, Csat, Nps, Part
from journey_engine.measures.touchpoints import Touch, Touchpoints
from journey_engine.reporting import charts
from journey_engine.reporting.contents import Block, Cell, Column, Sentence, Spread, Table, Tile, Tiles
from journey_engine.reporting.rates import share

_KINDS = {
    "sent": Words("送出", "sent"),
    "tapped": Words("點按", "tapped"),
    "replied": Words("回覆", "replied"),
    "bought": Words("購買", "bought"),
    "visited": Words("來訪", "visited"),
}


def touchpoints(found: Touchpoints, language: Language) -> Iterator[Block]:
    """How often each kind happened to members, and how that is spread over them."""
    if not any(each.touches for each in found.kinds):
        return
    columns = (
        Column(Words("接觸點", "touchpoint")),
        Column(Words("次數", "how many"), "count"),
        Column(Words("會員", "members with any"), "count"),
        Column(Words("占全部會員", "of all members"), "share"),
        Column(Words("中位數", "median a member"), "number"),
        Column(Words("第 90 百分位", "90th percentile"), "number"),
    )
    rows = tuple(
        (_KINDS[each.kind], each.touches, each.members, each.members / found.members if found.members else None,
         each.median, each.p90)
        for each in found.kinds
        if each.touches
    )  # fmt: skip
    note = Words(
        f"全部 {found.members:,} 位會員都算進去，沒有接觸的是 0。",
        f"Of all {found.members:,} members; those without count as 0.",
    )
    yield Table("touchpoints", Words("接觸點", "Touchpoints"), columns, rows, note)
    for each in found.kinds:
        if each.kind in ("sent", "bought") and each.touches:
            yield _spread(each, language)


def _spread(each: Touch, language: Language) -> Block:
    name, last = _KINDS[each.kind], len(each.histogram) - 1
    bars = [
        (str(count) if count < last else f"{count}+", float(members)) for count, members in enumerate(each.histogram)
    ]
    caption = Words(f"每位會員的接觸次數：{name.zh}", f"How often a member was met so: {name.en}")
    return charts.columns(bars, Words("次數", "times"), Words("會員", "members"), language, caption)


def answers(now: Sequence[Asked], before: Sequence[Asked], project: Project, language: Language) -> Iterator[Block]:
    """Each question: the figure with its interval, by month, by segment and by stage."""
    if not now:
        yield Sentence(Words("這段時間沒有問卷回答。", "No survey was answered at that time."), "hint")
        return
    earlier = {(each.survey, each.question): each.figure for each in before}
    segments = {name: segment.title for name, segment in project.segments.items()}
    stages = {stage.stage: stage.title or stage.stage for stage in project.stages.stages}
    for each in now:
        yield Sentence(
            Words(f"問卷 {each.survey}，題目 {each.question}", f"Survey {each.survey}, question {each.question}")
        )
        yield _tiles(each, earlier.get((each.survey, each.question)))
        parts = [
            *each.months,
            *(Part(segments.get(part.name, part.name), part.figure) for part in each.segments),
            *(Part(stages.get(part.name, part.name), part.figure) for part in each.stages),
        ]
        told = [(part.name, found) for part in parts if (found := _estimate(part.figure)) is not None]
        if told and each.kind == "nps":
            caption = Words(
                "NPS 與 95% 區間，依月份、分群與階段", "NPS with its 95 % interval, by month, segment and stage"
            )
            yield charts.whiskers(told, Words("NPS（−100 到 100）", "NPS (-100 to 100)"), language, caption, "change",
                                  Words("推薦與批評一樣多", "as many of each"))  # fmt: skip
        yield _table(each, parts)


def _estimate(figure: Nps | Csat) -> Spread | None:
    if isinstance(figure, Csat):
        return share(figure.satisfied)
    return None if figure.nps is None or figure.interval is None else Spread(figure.nps, *figure.interval)


def _tiles(each: Asked, was: Nps | Csat | None) -> Tiles:
    earlier = None if was is None else _estimate(was)
    match each.figure:
        case Nps() as nps:
            note = NOTHING if earlier is None else Words(f"上一期 {earlier.value:+.0f}", f"{earlier.value:+.0f} before")
            return Tiles(
                (
                    Tile(Words("NPS", "NPS"), _estimate(nps), "change", note),
                    Tile(Words("推薦者 9–10", "promoters, 9 and 10"), nps.promoters),
                    Tile(Words("中立者 7–8", "passives, 7 and 8"), nps.passives),
                    Tile(Words("批評者 0–6", "detractors, 0 to 6"), nps.detractors),
                )
            )
        case Csat() as csat:
            note = NOTHING if earlier is None else Words(f"上一期 {earlier.value:.1%}", f"{earlier.value:.1%} before")
            title = Words("滿意（4、5 分）", "satisfied (4 or 5)")
            return Tiles(
                (
                    Tile(title, _estimate(csat), "share", note),
                    Tile(Words("平均", "mean"), csat.mean, "number"),
                    Tile(Words("回答的人", "members who answered"), csat.satisfied.of),
                )
            )


def _table(each: Asked, parts: Sequence[Part]) -> Table:
    name = f"{each.survey}-{each.question}".replace("_", "-")
    first = Column(Words("部分", "part"))
    everything = Part("", each.figure)
    if each.kind == "nps":
        columns = (
            first,
            Column(Words("回答", "answers"), "count"),
            Column(Words("推薦者", "promoters"), "count"),
            Column(Words("中立者", "passives"), "count"),
            Column(Words("批評者", "detractors"), "count"),
            Column(Words("NPS", "NPS"), "change"),
        )
    else:
        columns = (
            first,
            Column(Words("回答", "answers"), "count"),
            *(Column(Words(f"{score} 分", f"gave {score}"), "count") for score in range(1, 6)),
            Column(Words("4、5 分", "4 or 5"), "share"),
        )
    rows = tuple(_row(part) for part in (everything, *parts))
    return Table(name, Words(f"{each.survey}：{each.question}", f"{each.survey}: {each.question}"), columns, rows)


def _row(part: Part) -> tuple[Cell, ...]:
    name, estimate = part.name or Words("全部", "all"), _estimate(part.figure)
    match part.figure:
        case Nps() as nps:
            return (name, nps.answers, nps.promoters, nps.passives, nps.detractors, estimate)
        case Csat() as csat:
            return (name, csat.satisfied.of, *csat.scores, estimate)
