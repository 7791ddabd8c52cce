"""What a journey changed, as charts and tables: its lift, the fairness of its lots, its experiments, its cost; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from journey_engine.language.project import Project
from journey_engine.language.words import NOTHING, Language, Words
from journey_engine.measures import readings
from journey_engine.measures.experiments import Reading
from journey_engine.measures.lift import Lift
from journey_engine.reporting import charts
from journey_engine.reporting.contents import Block, Column, Sentence, Table
from journey_engine.reporting.journey_figures import JourneyFigures
from journey_engine.reporting.labels import priced
from journey_engine.reporting.lifting import cautions, verdict
from journey_engine.reporting.rates import share, spread

NO_DIFFERENCE = Words(
    "與對照組相差（百分點，95% 區間）", "Difference to the holdout (percentage points, 95 % interval)"
)


def of_journey(figures: JourneyFigures, project: Project, language: Language) -> Iterator[Block]:
    """The lift with its picture, whether the lots fell fairly, the experiments, the cost."""
    zone, title = project.policy.zone, figures.journey.title
    yield Sentence(verdict(figures.lift, zone))
    broken = figures.ratio is not None and figures.ratio.is_broken
    for number, words in enumerate(cautions(figures.lift, figures.ratio)):
        yield Sentence(words, "alarm" if broken and number == 0 else "hint")
    yield from lift_chart([(title, figures.lift)], language)
    if figures.lift.state not in ("no goal", "no holdout"):
        yield lift_table([(title, figures.lift)])
    for reading in figures.readings:
        yield from _experiment(reading, zone, language)
    yield from _cost(figures)


def lift_chart(named: Sequence[tuple[str, Lift]], language: Language) -> Iterator[Block]:
    """A dot with its interval for each lift that can be read."""
    rows = [(name, found) for name, each in named if (found := spread(each.difference, each.difference_interval))]
    if rows:
        zero = Words("沒有差別", "no difference")
        caption = Words("進入的人比對照組多達成目標多少", "How many more of those let in reached the goal")
        yield charts.whiskers(rows, NO_DIFFERENCE, language, caption, zero=zero)


def lift_table(named: Sequence[tuple[str, Lift]]) -> Table:
    """The figures behind the chart."""
    columns = (
        Column(Words("旅程", "journey")),
        Column(Words("進入的人", "let in"), "count"),
        Column(Words("達成目標", "reached the goal"), "share"),
        Column(Words("對照組", "held out"), "count"),
        Column(Words("對照組達成", "of them reached it"), "share"),
        Column(Words("相差", "difference"), "points"),
        Column(Words("相對提升", "relative lift"), "share"),
        Column(Words("多出的目標", "extra goals"), "number"),
        Column(Words("p", "p"), "p"),
        Column(Words("時間未到", "still open"), "count"),
    )
    rows = tuple(
        (
            name, each.treated.of, share(each.treated), each.held_out.of, share(each.held_out),
            spread(each.difference, each.difference_interval), spread(each.relative, each.relative_interval),
            spread(each.extra_goals, each.extra_goals_interval), each.p, each.still_open,
        )
        for name, each in named
    )  # fmt: skip
    note = Words(
        "每人只算一次，照抽籤分的組算，不管後來走到哪裡；只算目標時間已過、資料已到的人。",
        "Each member counts once, in the group the lot gave, whatever came of the visit; only those whose time is over"
        " and covered.",
    )
    return Table("lift", Words("與對照組比較", "Against the holdout"), columns, rows, note)


def _experiment(reading: Reading, zone: str, language: Language) -> Iterator[Block]:
    asked = reading.experiment
    yield Sentence(
        Words(
            f"實驗 {reading.step}：抽到之後 {asked.within} 內有沒有「{asked.measure.text}」。",
            f"Experiment {reading.step}: whether “{asked.measure.text}” happens within {asked.within} of the draw.",
        )
    )
    yield Sentence(readings.state(reading, zone))
    if reading.is_broken:
        yield Sentence(readings.BROKEN_SAID, "alarm")
    compared = [
        (outcome.arm, found)
        for outcome in reading.outcomes
        if (found := spread(outcome.difference, outcome.difference_interval))
    ]
    if compared:
        first = reading.outcomes[0].arm
        axis = Words(
            f"與 {first} 相差（百分點，95% 區間）", f"Difference to {first} (percentage points, 95 % interval)"
        )
        yield charts.whiskers(compared, axis, language, NOTHING, zero=Words("沒有差別", "no difference"))
    yield _arms(reading)


def _arms(reading: Reading) -> Table:
    done = {outcome.arm: outcome for outcome in reading.outcomes}
    columns = (
        Column(Words("組別", "arm")),
        Column(Words("應占", "share"), "share"),
        Column(Words("人數", "members"), "count"),
        Column(Words("達成", "did it"), "share"),
        Column(Words("與第一組相差", "difference to the first"), "points"),
        Column(Words("p", "p"), "p"),
    )
    rows = tuple(
        (
            arm.arm, arm.share, arm.members,
            spread(done[arm.arm].rate, done[arm.arm].interval) if arm.arm in done else None,
            spread(done[arm.arm].difference, done[arm.arm].difference_interval) if arm.arm in done else None,
            done[arm.arm].p if arm.arm in done else None,
        )
        for arm in reading.arms
    )  # fmt: skip
    title = Words(f"實驗 {reading.step} 的組別", f"Arms of {reading.step}")
    return Table(f"experiment-{reading.step.replace('_', '-')}", title, columns, rows)


def _cost(figures: JourneyFigures) -> Iterator[Block]:
    cost = figures.cost
    if cost is None:
        return
    columns = (
        Column(Words("計費訊息", "messages that count"), "number"),
        Column(priced("花費", "cost", cost.currency), "money"),
        Column(Words("發出的折價券", "coupons given"), "count"),
        Column(Words("用掉的折價券", "coupons used"), "count"),
        Column(Words("目標", "goals"), "count"),
        Column(priced("每個目標", "a goal", cost.currency), "money"),
    )
    row = (cost.messages, cost.cost, cost.coupons_given, cost.coupons_redeemed, cost.goals, cost.per_goal)
    note = NOTHING if cost.cost is not None else NO_PRICES
    yield Table("cost", Words("花費", "Cost"), columns, (row,), note)


NO_PRICES = Words(
    "policy.yaml 沒有寫 prices，所以不知道花了多少錢。", "policy.yaml has no prices, so nobody knows what it cost."
)
