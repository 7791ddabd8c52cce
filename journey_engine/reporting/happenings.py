"""What happened in a journey, as tables and charts: its steps, its days, its messages, how visits ended; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from journey_engine.language.graph import Node, graph
from journey_engine.language.journey import Journey
from journey_engine.language.words import Language, Words
from journey_engine.measures.daily import Day
from journey_engine.measures.journeys import Standing
from journey_engine.reporting import charts
from journey_engine.reporting.contents import Block, Column, Sentence, Table
from journey_engine.reporting.journey_figures import JourneyFigures
from journey_engine.reporting.responding import responses
from journey_engine.saying import reasons, steps
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import spaced

_INDENT = "\u00a0" * 3
_WEEKLY_BEYOND = 62  # days: more dots than that on a line say nothing


def funnel(journey: Journey, stand: Standing, titles: Titles, language: Language) -> Iterator[Block]:
    """How many went through each step, and which way on they took."""
    if not stand.entered:
        yield Sentence(Words("還沒有人進入。", "Nobody has come in yet."))
        return
    nodes = graph(journey).nodes
    caption = Words("各步驟經過的人次", "Visits that went through each step")
    bars = [(node.name, float(stand.taken(node.name))) for node in nodes]
    yield charts.bars(bars, Words("人次", "visits"), language, caption)
    columns = (
        Column(Words("步驟", "step")),
        Column(Words("做什麼", "what it does")),
        Column(Words("經過", "went through"), "count"),
        Column(Words("正在等", "waiting now"), "count"),
        Column(Words("去向", "ways on")),
    )
    rows = tuple(
        (_indented(node), spaced(steps.does(node.step, titles)), stand.taken(node.name),
         stand.waiting.get(node.name, 0), _ways(node, stand, titles))
        for node in nodes
    )  # fmt: skip
    yield Table("funnel", Words("每個步驟", "Each step"), columns, rows)


def _indented(node: Node) -> str:
    return _INDENT * node.depth + node.name


def _ways(node: Node, stand: Standing, titles: Titles) -> Words:
    """The ways on that somebody took, with their counts, in the order of the file."""
    taken = {way: count for way, count in stand.outcomes.get(node.name, {}).items() if count and way != "quiet"}
    order = [edge.outcome for edge in node.edges if edge.outcome in taken]
    order += sorted(taken.keys() - set(order))
    named = [(spaced(steps.way(node.step, way, titles)), taken[way]) for way in order]
    if len(named) == 1 and not named[0][0]:
        return Words("", "")
    return Words(
        "；".join(f"{words.zh or '下一步'} {count:,}" for words, count in named),
        "; ".join(f"{words.en or 'on'} {count:,}" for words, count in named),
    )


def days(counted: Sequence[Day], language: Language) -> Iterator[Block]:
    """Visits, messages, taps and goals by day, or by week where there are too many days."""
    if not counted:
        return
    weekly = (counted[-1].day - counted[0].day).days > _WEEKLY_BEYOND
    kinds = (
        (Words("進入", "visits"), "entered"),
        (Words("送出的訊息", "messages sent"), "sent"),
        (Words("點按", "taps"), "taps"),
        (Words("達成目標", "goals"), "goals"),
    )
    filled = _filled(counted, weekly)
    series = {
        title.said(language): [(day.day, float(getattr(day, kind))) for day in filled]
        for title, kind in kinds
        if any(getattr(day, kind) for day in counted)
    }
    caption = (
        Words("每週", "By week, from its Monday")
        if weekly
        else Words("每天（商業時區）", "By day of the business zone")
    )
    yield charts.lines(series, Words("次數", "how many"), language, caption)
    columns = (Column(Words("日期", "day")), *(Column(title, "count") for title, _ in kinds))
    rows = tuple((day.day, day.entered, day.sent, day.taps, day.goals) for day in filled)
    yield Table("days", caption, columns, rows)


def _filled(counted: Sequence[Day], weekly: bool) -> list[Day]:
    """Every day (or week, named by its Monday) from the first to the last; where nothing happened, nothing did."""
    sums: dict[str, Counter[int]] = {name: Counter() for name in ("entered", "sent", "taps", "goals")}
    step = 7 if weekly else 1
    for day in counted:
        place = (day.day - timedelta(days=day.day.weekday() if weekly else 0)).toordinal()
        for name, sums_of in sums.items():
            sums_of[place] += getattr(day, name)
    places = sorted({place for sums_of in sums.values() for place in sums_of})
    first = counted[0].day.fromordinal
    return [
        Day(first(place), *(sums[name][place] for name in sums)) for place in range(places[0], places[-1] + 1, step)
    ]


def messages(figures: JourneyFigures, titles: Titles, language: Language) -> Iterator[Block]:
    """What became of the messages, why some were not sent, and what members did after them."""
    sends = figures.standing.sends
    if not sends:
        return
    why: Counter[str] = Counter()
    for (_, status, reason), count in sends.items():
        if status == "skipped":
            why[reason] += count
    if why:
        caption = Words("沒有送出的原因", "Why messages were not sent")
        bars = [(reasons.unsent(reason).said(language), float(count)) for reason, count in why.most_common()]
        yield charts.bars(bars, Words("則", "messages"), language, caption)
    yield _by_step(figures)
    if figures.responses:
        yield responses(figures.responses, figures.response_days, titles)


def _by_step(figures: JourneyFigures) -> Table:
    columns = (
        Column(Words("步驟", "step")),
        Column(Words("狀態", "what became of it")),
        Column(Words("原因", "why")),
        Column(Words("則數", "messages"), "count"),
    )
    rows = tuple(
        (step, _STATUS.get(status, Words(status, status)), reasons.unsent(reason) if reason else "", count)
        for (step, status, reason), count in sorted(figures.standing.sends.items())
    )
    return Table("messages", Words("每一步的訊息", "Messages by step"), columns, rows)


_STATUS = {
    "pending": Words("等著送", "waiting"),
    "frozen": Words("正在送", "on its way"),
    "accepted": Words("LINE 收下", "LINE took it"),
    "skipped": Words("沒有送", "not sent"),
    "unknown": Words("不明", "unknown"),
}


def ends(stand: Standing) -> Iterator[Block]:
    """How visits ended, and who was not let in."""
    columns = (Column(Words("怎麼結束", "how it ended")), Column(Words("人次", "visits"), "count"))
    rows = tuple(
        (reasons.ended(reason), count) for reason, count in sorted(stand.ended.items(), key=lambda pair: -pair[1])
    )
    yield Table("ends", Words("結束的人次", "Visits that ended"), columns, rows)
    if stand.refused:
        columns = (Column(Words("為什麼沒有進入", "why not let in")), Column(Words("人次", "times"), "count"))
        rows = tuple(
            (reasons.refused(why), count) for why, count in sorted(stand.refused.items(), key=lambda pair: -pair[1])
        )
        yield Table("refused", Words("沒有進入的人次", "Who was not let in"), columns, rows)
    if stand.stuck:
        told = Words(f"{stand.stuck:,} 人卡住：journeys retry", f"{stand.stuck:,} are stuck: journeys retry")
        yield Sentence(told, "alarm")
