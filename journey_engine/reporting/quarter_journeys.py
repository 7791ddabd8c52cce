"""What the journeys of a quarter did: messages, lift, upselling, costs, what a new friend cost; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from journey_engine.language.project import Project
from journey_engine.language.words import NOTHING, Language, Words
from journey_engine.measures import quota, ratio
from journey_engine.reporting import charts
from journey_engine.reporting.contents import Block, Column, Sentence, Table
from journey_engine.reporting.effects import NO_PRICES, lift_chart, lift_table
from journey_engine.reporting.labels import month, priced
from journey_engine.reporting.quarter_figures import QuarterFigures
from journey_engine.reporting.rates import share
from journey_engine.reporting.responding import responses
from journey_engine.saying import reasons
from journey_engine.saying.titles import Titles

_REPLIES = Words("回覆（replies.yaml）", "answers (replies.yaml)")


def messages(figures: QuarterFigures, project: Project, language: Language) -> Iterator[Block]:
    """What LINE took of each journey, and why the rest was not sent."""
    sent = figures.this.sent
    if not sent and not figures.responses:
        yield Sentence(Words("這段時間沒有訊息。", "There were no messages at that time."), "hint")
        return
    why: Counter[str] = Counter()
    for each in sent:
        if each.status == "skipped":
            why[each.reason] += each.messages
    by_journey: dict[str, Counter[str]] = {}
    for each in sent:
        by_journey.setdefault(each.journey, Counter())[each.status] += each.messages
    columns = (
        Column(Words("旅程", "journey")),
        Column(Words("LINE 收下", "LINE took"), "count"),
        Column(Words("沒有送", "not sent"), "count"),
        Column(Words("不明", "unknown"), "count"),
    )
    rows = tuple(
        (_titled(name, project), counts["accepted"], counts["skipped"], counts["unknown"])
        for name, counts in by_journey.items()
    )
    yield Table("messages", Words("各旅程的訊息", "Messages by journey"), columns, rows)
    if why:
        caption = Words("沒有送出的原因", "Why messages were not sent")
        bars = [(reasons.unsent(reason).said(language), float(count)) for reason, count in why.most_common()]
        yield charts.bars(bars, Words("則", "messages"), language, caption)
    if figures.responses:
        yield responses(figures.responses, figures.response_days, Titles(project))


def _titled(name: str, project: Project) -> Words | str:
    return _REPLIES if name == "replies" else project.journeys[name].title if name in project.journeys else name


def lifts(figures: QuarterFigures, project: Project, language: Language) -> Iterator[Block]:
    """Each journey against its holdout; first of all what is wrong with the lots."""
    for words in ratio.warnings(figures.ratios):
        yield Sentence(words, "alarm")
    named = [(project.journeys[each.journey].title, each) for each in figures.lifts]
    yield from lift_chart(named, language)
    measured = [(name, each) for name, each in named if each.state in ("read", "early")]
    if measured:
        yield lift_table(measured)
    without = [name for name, each in named if each.state in ("no goal", "no holdout")]
    if without:
        yield Sentence(
            Words(
                f"沒有目標或對照組，量不到成效：{'、'.join(without)}。",
                f"Without goal or holdout, so their effect is not known: {', '.join(without)}.",
            ),
            "hint",
        )


def upsells(figures: QuarterFigures) -> Iterator[Block]:
    """Of those who did the first thing, how many did the second in time."""
    if not figures.upsells:
        return
    columns = (
        Column(Words("規則", "rule")),
        Column(Words("算自", "from")),
        Column(Words("會員", "members"), "count"),
        Column(Words("加購升級", "upsold"), "count"),
        Column(Words("比率", "rate"), "share"),
        Column(Words("金額", "value"), "money"),
        Column(Words("時間未到", "still open"), "count"),
    )
    goal, rule = Words("旅程的目標", "a journey's goal"), Words("policy.yaml", "policy.yaml")
    rows = tuple(
        (each.title or each.rule, goal if each.is_goal else rule, each.upsold.of, each.upsold.count, share(each.upsold),
         each.value, each.still_open)
        for each in figures.upsells
    )  # fmt: skip
    yield Table("upsell", Words("加購升級", "Upselling"), columns, rows)


def costs(figures: QuarterFigures, project: Project) -> Iterator[Block]:
    """What each journey and each month cost, what is left of the quota, and what a new friend cost."""
    currency = project.policy.prices.currency if project.policy.prices else ""
    columns = (
        Column(Words("旅程", "journey")),
        Column(Words("計費訊息", "messages that count"), "number"),
        Column(priced("花費", "cost", currency), "money"),
        Column(Words("發出的折價券", "coupons given"), "count"),
        Column(Words("用掉", "used"), "count"),
        Column(Words("目標", "goals"), "count"),
        Column(priced("每個目標", "a goal", currency), "money"),
    )
    rows = tuple(
        (_titled(each.journey, project), each.messages, each.cost, each.coupons_given, each.coupons_redeemed,
         each.goals, each.per_goal)
        for each in figures.costs
    )  # fmt: skip
    note = NOTHING if project.policy.prices else NO_PRICES
    yield Table("costs", Words("各旅程的花費", "Cost by journey"), columns, rows, note)
    yield _months(figures, currency)
    for words in quota.warnings(figures.quotas):
        yield Sentence(words, "alarm")
    yield from _friends(figures)


def _months(figures: QuarterFigures, currency: str) -> Table:
    columns = (
        Column(Words("月份", "month")),
        Column(Words("計費訊息", "messages that count"), "count"),
        Column(priced("花費", "cost", currency), "money"),
        Column(priced("每則", "each", currency), "money"),
    )
    rows = tuple((month(each.month), each.messages, each.cost, each.each) for each in figures.month_costs)
    return Table("month-costs", Words("每月的訊息與花費", "Messages and cost by month"), columns, rows)


def _friends(figures: QuarterFigures) -> Iterator[Block]:
    found = figures.acquisition
    columns = (
        Column(Words("來源", "source")),
        Column(Words("新好友", "new friends"), "count"),
        Column(Words("其中買過", "who bought since"), "count"),
        Column(priced("花費", "spent", found.currency), "money"),
        Column(priced("每位好友", "a friend", found.currency), "money"),
        Column(priced("每位買家", "a buyer", found.currency), "money"),
    )
    unknown, everybody = Words("（不知道從哪裡來）", "(from nobody knows where)"), Words("全部", "all")
    rows = tuple(
        (name, each.friends, each.buyers, each.spend, each.per_friend, each.per_buyer)
        for name, each in [
            *((each.title or each.source or unknown, each) for each in found.sources),
            (everybody, found.all),
        ]
    )
    yield Table("friends", Words("新好友的花費", "What a new friend cost"), columns, rows)
    if found.kept:
        columns = (
            Column(Words("留住會員的旅程", "journey that keeps members")),
            Column(priced("花費", "spent", found.currency), "money"),
            Column(Words("目標", "goals"), "count"),
            Column(priced("每個目標", "a goal", found.currency), "money"),
            Column(Words("因為旅程才回來的", "back because of it"), "number"),
            Column(priced("每位", "each of them", found.currency), "money"),
        )
        rows = tuple((k.journey, k.cost, k.goals, k.per_goal, k.extra, k.per_extra) for k in found.kept)
        note = Words(
            "成效的區間含 0 就不算，因為不知道有沒有人因此回來。", "Empty where the interval of the lift holds zero."
        )
        yield Table("kept", Words("留住會員的花費", "What a retained buyer cost"), columns, rows, note)
