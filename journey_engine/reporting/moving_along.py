"""Where members of a journey came in and are now on the lifecycle, beside those held out: chart and tables; pure."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.project import Project
from journey_engine.language.words import Language, Words
from journey_engine.measures.moved import Moves, Pairs, StageNow, by_stage, movers
from journey_engine.reporting import charts
from journey_engine.reporting.contents import Block, Column, Sentence, Table
from journey_engine.reporting.effects import NO_DIFFERENCE
from journey_engine.reporting.labels import local
from journey_engine.reporting.rates import spread

NONE_YET = Words("（還沒有階段）", "(none yet)")


def of_journey(moved: Moves, project: Project, language: Language) -> Iterator[Block]:
    """How many moved in each arm, each stage's share with its difference, and all moves from stage to stage."""
    if moved.as_of is None or not (moved.treated or moved.held_out):
        return
    titles = {stage.stage: stage.title or stage.stage for stage in project.stages.stages}
    yield Sentence(_summed(moved, project.policy.zone))
    stages = by_stage(moved, list(titles))
    rows = [
        (_named(each.stage, titles).said(language), found)
        for each in stages
        if (found := spread(each.difference, each.difference_interval))
    ]
    if rows:
        zero = Words("沒有差別", "no difference")
        caption = Words(
            "進入之後，這個階段的人多了多少：與對照組相差", "How much each stage grew: let in against held out"
        )
        yield charts.whiskers(rows, NO_DIFFERENCE, language, caption, zero=zero)
    yield _stages(stages, titles)
    yield _pairs(moved, titles)


def _stages(stages: tuple[StageNow, ...], titles: dict[str, str]) -> Table:
    columns = (
        Column(Words("階段", "stage")),
        Column(Words("進入的人：當時", "let in: then"), "share"),
        Column(Words("現在", "now"), "share"),
        Column(Words("對照組：當時", "held out: then"), "share"),
        Column(Words("現在", "now"), "share"),
        Column(Words("變化相差", "difference of the changes"), "points"),
    )
    rows = tuple(
        (
            _named(each.stage, titles), each.treated_then.share, each.treated.share, each.held_out_then.share,
            each.held_out.share, spread(each.difference, each.difference_interval) or each.difference,
        )
        for each in stages
    )  # fmt: skip
    note = Words(
        "每人只算一次，照抽籤分的組算；當時是進入那一刻的階段，現在是最近一次算出的階段。每人和自己比，抽籤分得不均也不要緊"
        "（Welch 95% 區間；有一組沒人進出這個階段就沒有區間）。一次看好幾個階段，偶然也會有一個區間不跨過 0。",
        "Each member counts once, in the group the lot gave; then: when she came in, now: as worked out last. Each is"
        " compared with herself, so an uneven lot does no harm (Welch's 95 % interval; none where nobody of a group"
        " came or went). Of several stages looked at together one interval may miss 0 by chance.",
    )
    return Table("stages", Words("各階段，與對照組比較", "Each stage, against the holdout"), columns, rows, note)


def _summed(moved: Moves, zone: str) -> Words:
    treated, held_out = movers(moved.treated), movers(moved.held_out)
    assert moved.as_of is not None
    when = local(moved.as_of, zone)
    if treated.share is None or held_out.share is None:
        some = treated if treated.share is not None else held_out
        return Words(
            f"到 {when}，{some.of:,} 人裡有 {some.count:,} 人換了階段；沒有對照組可以比。",
            f"By {when}, {some.count:,} of {some.of:,} have changed their stage; there is nobody to compare with.",
        )
    return Words(
        f"到 {when}，進入的 {treated.of:,} 人有 {treated.share:.1%} 換了階段，對照組 {held_out.of:,} 人有"
        f" {held_out.share:.1%}。",
        f"By {when}, {treated.share:.1%} of the {treated.of:,} let in have changed their stage, and"
        f" {held_out.share:.1%} of the {held_out.of:,} held out.",
    )


def _pairs(moved: Moves, titles: dict[str, str]) -> Table:
    columns = (
        Column(Words("進入時", "came in from")),
        Column(Words("現在", "is now in")),
        Column(Words("進入的人", "let in"), "count"),
        Column(Words("占進入的人", "of those let in"), "share"),
        Column(Words("對照組", "held out"), "count"),
        Column(Words("占對照組", "of those held out"), "share"),
    )
    place = {stage: number for number, stage in enumerate(titles)}
    pairs = sorted(
        {*moved.treated, *moved.held_out},
        key=lambda pair: [(place.get(each or "", len(place)), each or "") for each in pair],
    )
    rows = tuple(
        (
            _named(pair[0], titles), _named(pair[1], titles), moved.treated.get(pair, 0), _part(moved.treated, pair),
            moved.held_out.get(pair, 0), _part(moved.held_out, pair),
        )
        for pair in pairs
    )  # fmt: skip
    return Table("moves", Words("從哪個階段到哪個階段", "From which stage to which"), columns, rows)


def _part(pairs: Pairs, pair: tuple[str | None, str | None]) -> float | None:
    total = sum(pairs.values())
    return pairs.get(pair, 0) / total if total else None


def _named(stage: str | None, titles: dict[str, str]) -> Words:
    return NONE_YET if stage is None else Words(titles.get(stage, stage), titles.get(stage, stage))
