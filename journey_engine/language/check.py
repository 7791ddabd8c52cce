"""One reading of a project folder with every mistake of every file in it; changes nothing and connects to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journey_engine.errors import JourneysError
from journey_engine.language.checks import CHECKS
from journey_engine.language.gather import Gathered, Kept, gather
from journey_engine.language.places import Finding, Page
from journey_engine.language.project import Project
from journey_engine.language.scenario import Scenario
from journey_engine.language.words import Language


@dataclass(frozen=True)
class Checked:
    """What a project folder says. `project` is None while any finding is an error; findings are sorted by place and
    speak `language`; `files` is how many were read; `pages` say where each scenario stands, in the same order."""

    project: Project | None
    scenarios: tuple[Scenario, ...]
    pages: tuple[Page, ...]
    findings: tuple[Finding, ...]
    language: Language
    files: int

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that must be mended; warnings only say what is risky."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


class Unreadable(JourneysError):
    """A project folder with mistakes; `findings` holds all of them, warnings too, sorted by place."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        told = "\n".join(str(finding) for finding in findings if finding.severity == "error")
        super().__init__(told, "", "")
        self.findings = findings


def check(root: Path) -> Checked:
    """Read and check everything below `root`. Never raises for what stands in the files."""
    found = gather(root)
    problems = list(found.problems)
    for look in CHECKS:
        problems.extend(look(found))
    language = found.language
    findings = sorted({problem.said(language) for problem in problems})
    wrong = any(finding.severity == "error" for finding in findings)
    scenarios = tuple(kept.value for kept in found.scenarios)
    pages = tuple(kept.page for kept in found.scenarios)
    project = None if wrong else _project(found)
    return Checked(project, scenarios, pages, tuple(findings), language, found.count)


def _project(found: Gathered) -> Project | None:
    if found.schema is None or found.policy is None or found.stages is None:
        return None
    return Project(
        schema=found.schema.value,
        policy=found.policy.value,
        stages=found.stages.value,
        segments=_values(found.segments),
        feeds=_values(found.feeds),
        messages=_values(found.messages),
        journeys=_values(found.journeys),
        flexes=found.flexes,
        coupons=_values(found.coupons),
        surveys=_values(found.surveys),
        replies=found.replies.value if found.replies else None,
        personas=found.personas.value if found.personas else None,
    )


def _values(kept: dict[str, Kept]) -> dict[str, Any]:
    return {name: one.value for name, one in kept.items()}
