"""Segments, stages and personas as task runs with their counts; what they are worked out from comes before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prefect.client.schemas.objects import State

from journey_engine.lifecycle import personas, segments, stages
from tasks.ground import Ground
from tasks.pieces import Done, Told, people, piece

Changes = dict[str, tuple[int, int, int]]


def refresh_segments(on: Ground, after: Iterable[State[Any]]) -> Done[Changes]:
    """All segments anew: (joined, left, size) by name."""

    def work() -> Changes:
        with on.engine.begin() as conn:
            return segments.refresh(conn, on.project, on.now, None)

    return piece("segments", work, _came_and_left, after, retries=2)


def refresh_stages(on: Ground, after: Iterable[State[Any]]) -> Done[dict[tuple[str | None, str], int]]:
    """Lifecycle stages anew: how many went from which to which."""

    def work() -> dict[tuple[str | None, str], int]:
        with on.engine.begin() as conn:
            return stages.refresh(conn, on.project, on.now, None)

    def told(moved: dict[tuple[str | None, str], int]) -> Told:
        said = (f"{old or 'new'} → {new} {count:,}" for (old, new), count in moved.items())
        return Told(people(sum(moved.values())), ", ".join(said))

    return piece("stages", work, told, after, retries=2)


def refresh_personas(on: Ground, after: Iterable[State[Any]]) -> Done[Changes]:
    """All personas anew: (joined, left, size) by name."""

    def work() -> Changes:
        with on.engine.begin() as conn:
            return personas.refresh(conn, on.project, on.now, None)

    return piece("personas", work, _came_and_left, after, retries=2)


def _came_and_left(changes: Changes) -> Told:
    said = (f"{name} +{joined:,} -{left:,} = {size:,}" for name, (joined, left, size) in changes.items())
    return Told(people(sum(joined + left for joined, left, _ in changes.values())), ", ".join(said))
