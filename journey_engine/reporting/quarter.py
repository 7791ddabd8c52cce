"""The business review of a quarter (or a month, or a year) as a page: members, buying, journeys, voices, data; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from journey_engine.language.project import Project
from journey_engine.language.words import Language, Words
from journey_engine.reporting import quarter_buying, quarter_data, quarter_journeys, quarter_people, quarter_voices
from journey_engine.reporting.contents import Block, Page, Section, Sentence, Tile, Tiles
from journey_engine.reporting.glossary import glossary
from journey_engine.reporting.labels import amount, local
from journey_engine.reporting.quarter_figures import QuarterFigures

_TERMS = (
    "friend", "accepted", "stage", "cohort", "rfm", "repurchase", "lifetime", "lift", "ratio", "response", "upsell",
    "cost", "touch", "nps", "csat", "quarantine",
)  # fmt: skip


def quarter_page(figures: QuarterFigures, project: Project, language: Language) -> Page:
    """The page; its drawings are made in `language`, all else carries both."""
    sections = [
        *_brand(figures, project, language),
        *_business(figures, project, language),
        ("data", Words("資料品質", "Quality of the data"), quarter_data.data(figures.quality, project.policy.zone)),
        ("terms", Words("名詞與來源", "Terms and sources"), [glossary(_TERMS)]),
    ]
    told = (Section(name, title, tuple(blocks)) for name, title, blocks in sections)
    name = figures.within.name
    title = Words(f"會員經營回顧 {name}", f"Business review {name}")
    return Page(title, _subtitle(figures, project), tuple(section for section in told if section.blocks))


_Told = Iterable[tuple[str, Words, Iterable[Block]]]


def _brand(figures: QuarterFigures, project: Project, language: Language) -> _Told:
    zone, currency = project.policy.zone, _currency(project)
    return [
        ("summary", Words("重點", "In short"), _summary(figures, project)),
        ("changes", Words("和上一期比", "Against the one before"), [quarter_people.changes(figures, currency)]),
        ("stages", Words("生命週期", "Lifecycle"), quarter_people.stages(figures, project, language)),
        ("buying", Words("購買", "Buying"), quarter_buying.bought(figures, currency, language)),
        ("cohorts", Words("留存", "Retention"), quarter_buying.retention(figures.cohorts, currency, language)),
        ("rfm", Words("RFM", "RFM"), quarter_buying.ranked(figures.rfm, zone, currency, language)),
        ("repurchase", Words("回購", "Repurchase"), quarter_buying.again(figures.repurchase)),
        (
            "lifetime",
            Words("會員價值", "Value of members"),
            quarter_buying.worth(figures.lifetime, zone, currency, language),
        ),
    ]


def _business(figures: QuarterFigures, project: Project, language: Language) -> _Told:
    answers = quarter_voices.answers(figures.asked, figures.asked_before, project, language)
    return [
        ("journeys", Words("旅程的成效", "What journeys changed"), quarter_journeys.lifts(figures, project, language)),
        ("messages", Words("訊息", "Messages"), quarter_journeys.messages(figures, project, language)),
        ("upsell", Words("加購升級", "Upselling"), quarter_journeys.upsells(figures)),
        ("touchpoints", Words("接觸點", "Touchpoints"), quarter_voices.touchpoints(figures.touchpoints, language)),
        ("answers", Words("會員怎麼說", "What members said"), answers),
        ("costs", Words("花費與額度", "Costs and quota"), quarter_journeys.costs(figures, project)),
    ]


def _currency(project: Project) -> str:
    return project.policy.prices.currency if project.policy.prices else ""


def _subtitle(figures: QuarterFigures, project: Project) -> Words:
    zone, line = project.policy.zone, project.policy.line
    since, until = local(figures.within.since, zone), local(figures.within.until, zone)
    zh, en = ("", "") if figures.is_over else ("，還沒過完", ", not over yet")
    return Words(f"{since} 到 {until}（{zone}），LINE：{line}{zh}", f"{since} to {until} ({zone}), LINE: {line}{en}")


def _summary(figures: QuarterFigures, project: Project) -> Iterator[Block]:
    people, bought, name = figures.this.people, figures.this.bought, figures.within.name
    taken = sum(each.messages for each in figures.this.sent if each.status == "accepted")
    end = Words("期末", "At the end") if figures.is_over else Words("到目前", "So far in the course")
    yield Sentence(
        Words(
            f"{name} {end.zh}有 {people.members:,} 位會員、{people.friends:,} 位好友；"
            f"{people.follows:,} 次加入好友，{people.blocks:,} 次封鎖。",
            f"{end.en} of {name} there are {people.members:,} members and {people.friends:,} friends;"
            f" {people.follows:,} follows and {people.blocks:,} blocks.",
        )
    )
    if bought is not None:
        each = amount(bought.value / bought.purchases if bought.purchases else 0, _currency(project))
        yield Sentence(
            Words(
                f"{bought.buyers:,} 位會員購買 {bought.purchases:,} 次，平均每次 {each}；"
                f"{bought.new_buyers:,} 位是第一次。",
                f"{bought.buyers:,} members bought {bought.purchases:,} times, {each} each time;"
                f" {bought.new_buyers:,} of them for the first time.",
            )
        )
    yield Sentence(_journeys(figures, project, taken))
    yield Tiles(tuple(_tiles(figures, project, taken)))


def _journeys(figures: QuarterFigures, project: Project, taken: int) -> Words:
    """How many journeys changed anything for certain."""
    read = [each for each in figures.lifts if each.state == "read" and each.difference_interval is not None]
    better = [project.journeys[each.journey].title for each in read if (each.difference_interval or (0, 0))[0] > 0]
    zh, en = f"LINE 收下 {taken:,} 則訊息；", f"LINE took {taken:,} messages; "
    if not read:
        return Words(f"{zh}還沒有旅程的成效可以看。", f"{en}no journey's effect can be read yet.")
    if not better:
        return Words(
            f"{zh}看得到成效的 {len(read)} 個旅程都還分不出效果與偶然。",
            f"{en}none of the {len(read)} journeys that can be read is better than chance.",
        )
    return Words(
        f"{zh}確定有效的旅程：{'、'.join(better)}。", f"{en}journeys that work for certain: {', '.join(better)}."
    )


def _tiles(figures: QuarterFigures, project: Project, taken: int) -> Iterator[Tile]:
    people, bought = figures.this.people, figures.this.bought
    yield Tile(Words("會員", "members"), people.members)
    yield Tile(Words("好友", "friends"), people.friends)
    if bought is not None:
        yield Tile(Words("購買", "purchases"), bought.purchases)
        yield Tile(Words("購買的會員", "members who bought"), bought.buyers)
    yield Tile(Words("LINE 收下的訊息", "messages LINE took"), taken)
    if figures.month_costs and all(each.cost is not None for each in figures.month_costs):
        total = sum(each.cost or 0 for each in figures.month_costs)
        yield Tile(
            Words(f"訊息花費（{_currency(project)}）", f"cost of messages ({_currency(project)})"), total, "money"
        )
