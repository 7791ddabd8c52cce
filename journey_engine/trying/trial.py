"""The scenarios of a project: which are asked for, where they stand, and each one played and judged; prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from journey_engine.errors import UsageError
from journey_engine.language.check import Checked, Unreadable
from journey_engine.language.places import Page as WrittenPage
from journey_engine.language.project import Project
from journey_engine.language.scenario import Scenario
from journey_engine.language.words import Words, near
from journey_engine.trying.calendar import Calendar
from journey_engine.trying.chapter import Chapter
from journey_engine.trying.judging import Verdict, judge
from journey_engine.trying.member import NobodyDraws
from journey_engine.trying.playing import play
from journey_engine.trying.theatre import Theatre


class NoSuchScenario(UsageError):
    """What was asked for is neither a journey nor a file with scenarios."""

    def __init__(self, what: str, known: tuple[str, ...]) -> None:
        likely = near(what, known) or known
        super().__init__(f"There is no scenario for “{what}”.", f"There are some for {', '.join(likely)}.", "try")


@dataclass(frozen=True, slots=True)
class Page:
    """Where a scenario stands in its file."""

    written: WrittenPage

    @property
    def file(self) -> str:
        """The path below the project folder, with `/`."""
        return self.written.file

    def place(self, *path: str | int) -> str:
        """`file:line` of what stands at `path`; of the scenario itself without one."""
        return f"{self.file}:{self.written.place(path or ('scenario',)).line}"


@dataclass(frozen=True, slots=True)
class Told:
    """A scenario and where it stands."""

    scenario: Scenario
    page: Page


@dataclass(frozen=True, slots=True)
class Trial:
    """A played story: each chapter with the verdicts on what was expected of it."""

    scenario: Scenario
    page: Page
    calendar: Calendar
    chapters: tuple[tuple[Chapter, tuple[Verdict, ...]], ...]

    @property
    def holds(self) -> bool:
        """Whether all came as expected, and nothing broke down on the way."""
        lines = [line for chapter, _ in self.chapters for line in chapter.lines]
        as_expected = all(verdict.holds for _, verdicts in self.chapters for verdict in verdicts)
        return as_expected and not any(line.kind in ("stuck", "held") for line in lines)


def told(checked: Checked) -> tuple[Project, tuple[Told, ...]]:
    """The project and all its scenarios, in the order of the files. Raises Unreadable if anything is miswritten."""
    if checked.project is None:
        raise Unreadable(checked.findings)
    pairs = zip(checked.scenarios, checked.pages, strict=True)
    return checked.project, tuple(Told(scenario, Page(page)) for scenario, page in pairs)


def chosen(scenarios: tuple[Told, ...], what: str) -> tuple[Told, ...]:
    """Those of a journey, or of a file by its path or name; all of them for an empty text. Raises NoSuchScenario."""
    if not what:
        return scenarios
    by_journey = tuple(one for one in scenarios if one.scenario.journey == what)
    parts = PurePath(what).parts
    by_file = tuple(one for one in scenarios if PurePath(one.page.file).parts[-len(parts) :] == parts[-4:])
    found = by_journey or by_file
    if not found:
        names = [one.scenario.journey for one in scenarios] + [one.page.file for one in scenarios]
        raise NoSuchScenario(what, tuple(dict.fromkeys(names)))
    return found


def run(theatre: Theatre, one: Told) -> Trial:
    """Play one scenario and judge every moment of it. Raises NobodyDraws, and what the database raises."""
    return next(run_all(theatre, (one,)))


def run_all(theatre: Theatre, asked: Sequence[Told]) -> Iterator[Trial]:
    """Play scenarios, side by side where that can be, and judge every moment of each; in the order asked.

    Raises as `run` does.
    """
    by_title = {one.scenario.scenario: one for one in asked}
    done: dict[str, Trial] = {}
    left = list(by_title)
    for group in theatre.groups([one.scenario for one in asked]):
        try:
            played = play(theatre, group)
        except NobodyDraws as error:
            raise NobodyDraws(error.scenario, by_title[error.scenario.scenario].page.place("given")) from None
        for scenario, chapters in zip(group, played, strict=True):
            done[scenario.scenario] = _judged(theatre, by_title[scenario.scenario], chapters)
        while left and left[0] in done:
            yield done[left.pop(0)]


def _judged(theatre: Theatre, one: Told, chapters: Sequence[Chapter]) -> Trial:
    calendar = theatre.calendar(one.scenario)
    judged = tuple((chapter, judge(chapter, one.scenario.journey, calendar)) for chapter in chapters)
    return Trial(one.scenario, one.page, calendar, judged)


def summary(trials: int, failed: int, seconds: float) -> Words:
    """The last line of a run."""
    return Words(
        f"演了 {trials} 個情境（{seconds:.1f} 秒）：" + (f"{failed} 個不符期待。" if failed else "都符合期待。"),
        f"{trials} scenarios played ({seconds:.1f} s): "
        + (f"{failed} not as expected." if failed else "all as expected."),
    )
