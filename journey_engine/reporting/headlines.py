"""What a page comes to, in three sentences at its top; it reckons nothing."""

from __future__ import annotations

from journey_engine.language.project import Project
from journey_engine.language.words import Words
from journey_engine.reporting.contents import Sentence
from journey_engine.reporting.effects import NO_PRICES
from journey_engine.reporting.journey_figures import JourneyFigures
from journey_engine.reporting.labels import local
from journey_engine.reporting.lifting import cautions, verdict


def of_journey(figures: JourneyFigures, project: Project) -> list[Sentence]:
    """Who came and what went out; what that changed; what it cost. An alarm before all of it where lots are broken."""
    told = [Sentence(_came(figures, project.policy.zone)), Sentence(verdict(figures.lift, project.policy.zone))]
    if figures.cost is not None:
        told.append(Sentence(_cost(figures)))
    if figures.ratio is not None and figures.ratio.is_broken:
        told.insert(0, Sentence(cautions(figures.lift, figures.ratio)[0], "alarm"))
    return told


def _came(figures: JourneyFigures, zone: str) -> Words:
    stand = figures.standing
    if figures.since is None:
        return Words("還沒有人進入這個旅程。", "Nobody has come into this journey yet.")
    accepted = sum(count for (_, status, _), count in stand.sends.items() if status == "accepted")
    ended = sum(stand.ended.values())
    day = local(figures.since, zone)[:10]
    return Words(
        f"從 {day} 起，{stand.entered:,} 人次進入，{ended:,} 人次已結束，{stand.inside:,} 人還在裡面；"
        f"LINE 收下 {accepted:,} 則訊息，被點按 {sum(each.taps for each in figures.days):,} 次。",
        f"Since {day} there were {stand.entered:,} visits, of which {ended:,} have ended and {stand.inside:,} go on;"
        f" LINE took {accepted:,} messages, which were tapped {sum(each.taps for each in figures.days):,} times.",
    )


def _cost(figures: JourneyFigures) -> Words:
    cost = figures.cost
    assert cost is not None
    if cost.cost is None:
        return NO_PRICES
    zh = f"花費 {cost.cost:,.2f} {cost.currency}，{cost.goals:,} 次達成目標"
    en = f"It cost {cost.cost:,.2f} {cost.currency} and reached its goal {cost.goals:,} times"
    if cost.per_goal is None:
        return Words(f"{zh}。", f"{en}.")
    return Words(f"{zh}，每次 {cost.per_goal:,.2f}。", f"{en}, at {cost.per_goal:,.2f} each.")
