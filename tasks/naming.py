"""Names of flow runs: what it is, for which business instant, and through which line; never a member's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from prefect.runtime import flow_run

from journey_engine.planning import NothingApplied
from tasks.ground import ground


def run_name(word: str, form: str = "%Y-%m-%d %H:%M") -> Callable[[], str]:
    """A namer for `flow_run_name`: `night 2026-11-21 (sandbox)` by the business zone; unapplied, the word alone."""

    def name() -> str:
        given = flow_run.parameters.get("now")
        try:
            on = ground(datetime.fromisoformat(given) if isinstance(given, str) else given)
        except NothingApplied:
            return word
        local = on.now.astimezone(ZoneInfo(on.project.policy.zone))
        return f"{word} {local:{form}} ({on.line})"

    return name
