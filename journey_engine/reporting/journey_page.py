"""One journey as a page: what it came to, its funnel, its days, its messages, what it changed, its map; pure."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.drawing.svg import svg
from journey_engine.language.journey import Journey
from journey_engine.language.project import Project
from journey_engine.language.words import Language, Words
from journey_engine.reporting import effects, happenings, headlines, moving_along
from journey_engine.reporting.contents import Block, Figure, Page, Section, Sentence, Tile, Tiles
from journey_engine.reporting.glossary import glossary
from journey_engine.reporting.journey_figures import JourneyFigures
from journey_engine.reporting.labels import local
from journey_engine.saying.journeys import about
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import spaced

_TERMS = ("visit", "accepted", "tap", "goal", "lift", "ratio", "stage", "response", "cost")


def journey_page(figures: JourneyFigures, project: Project, language: Language) -> Page:
    """The page; its drawings are made in `language`, all else carries both."""
    journey, titles = figures.journey, Titles(project)
    sections = [
        ("summary", Words("結果", "What it came to"), [*headlines.of_journey(figures, project), _tiles(figures)]),
        ("funnel", Words("漏斗", "Funnel"), happenings.funnel(journey, figures.standing, titles, language)),
        ("days", Words("每天", "Day by day"), happenings.days(figures.days, language)),
        ("messages", Words("訊息", "Messages"), happenings.messages(figures, titles, language)),
        ("effect", Words("改變了什麼", "What it changed"), effects.of_journey(figures, project, language)),
        ("stages", Words("階段的移動", "Along the stages"), moving_along.of_journey(figures.moved, project, language)),
        ("ends", Words("怎麼開始、怎麼結束", "How visits began and ended"), happenings.ends(figures.standing)),
        ("map", Words("旅程圖", "Map"), _map(journey, titles, language)),
        ("terms", Words("名詞與來源", "Terms and sources"), [glossary(_TERMS)]),
    ]
    told = (Section(name, title, tuple(blocks)) for name, title, blocks in sections)
    title = Words(f"{journey.title}（{journey.journey}）", titles.journey(journey.journey).en.strip("“”"))
    return Page(title, _subtitle(figures, project), tuple(section for section in told if section.blocks))


def _subtitle(figures: JourneyFigures, project: Project) -> Words:
    zone, line = project.policy.zone, project.policy.line
    until = local(figures.now, zone)
    since = local(figures.since or figures.now, zone)[:10]
    return Words(f"{since} 到 {until}（{zone}），LINE：{line}", f"{since} to {until} ({zone}), LINE: {line}")


def _tiles(figures: JourneyFigures) -> Tiles:
    stand, cost = figures.standing, figures.cost
    accepted = sum(count for (_, status, _), count in stand.sends.items() if status == "accepted")
    tiles = [
        Tile(Words("進入（人次）", "visits"), stand.entered),
        Tile(Words("對照組（人次）", "held out"), stand.held_out),
        Tile(Words("還在裡面", "inside now"), stand.inside),
        Tile(Words("LINE 收下的訊息", "messages LINE took"), accepted),
        Tile(Words("點按", "taps"), sum(day.taps for day in figures.days)),
    ]
    if figures.journey.goal is not None:
        tiles.append(Tile(Words("達成目標（人次）", "reached the goal"), stand.goals))
    if cost is not None and cost.per_goal is not None:
        title = Words(f"每個目標的花費（{cost.currency}）", f"cost of a goal ({cost.currency})")
        tiles.append(Tile(title, cost.per_goal, "money"))
    return Tiles(tuple(tiles))


def _map(journey: Journey, titles: Titles, language: Language) -> Iterator[Block]:
    for sentence in about(journey, titles):
        yield Sentence(spaced(sentence))
    yield Figure(svg(journey, titles, language))
