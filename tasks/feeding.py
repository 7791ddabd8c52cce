"""The inbox as a task run with its counts; it imports no feed."""

from __future__ import annotations

from contextlib import suppress

from journey_engine.inbox import hearing
from journey_engine.line.channel import sandbox_url
from journey_engine.members import erasing, merging
from tasks.ground import Ground
from tasks.pieces import Done, Told, people, piece


def take_inbox(on: Ground) -> Done[dict[str, int]]:
    """What LINE sent since the last time becomes events; the sandbox's friends are asked, a live account tells."""

    def work() -> dict[str, int]:
        if on.line == "sandbox":
            with on.engine.begin() as conn, suppress(hearing.SandboxSilent):
                hearing.hear(conn, sandbox_url(on.settings), on.now)
        erasing.finish(on.engine, on.now)
        return merging.take_and_merge(on.engine, on.now, on.project)

    return piece("inbox", work, lambda taken: Told(people(sum(taken.values())), _listed(taken)), retries=2)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
