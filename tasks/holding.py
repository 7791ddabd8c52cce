"""What Prefect is told of held work: the event `journeys.held` and a run that ends as Held; it releases nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.states import Completed, Failed

from journey_engine.gate.holds import Hold, open_holds
from journey_engine.measures import held_words
from tasks.ground import Ground

EVENT = "journeys.held"


def ended(on: Ground, messages: Iterable[str], before: frozenset[int], failed: Iterable[State[Any]] = ()) -> State[Any]:
    """The final state of a run: Failed if one of the states in `failed` is, else Held if anything is held now that was
    not `before` it began; each new hold is announced either way."""
    new = [hold for hold in holds(on) if hold.id not in before]
    for hold in new:
        emit_event(
            EVENT,
            resource={
                "prefect.resource.id": f"journeys.hold.{hold.id}",
                "prefect.resource.name": f"{hold.scope} {hold.name}",
                "journeys.scope": hold.scope,
            },
            payload={"number": hold.id, "reason": _why(hold, on), "cure": _what_to_do(hold, on)},
        )
    wrong = [state.message or state.name or "" for state in failed if not state.is_completed()]
    said = "; ".join(message for message in messages if message) or "Nothing was due."
    if wrong:
        return Failed(message="; ".join(wrong))
    if not new:
        return Completed(message=said)
    why = " ".join(
        f"{hold.scope} {hold.name} is held (number {hold.id}): {_why(hold, on)} {_what_to_do(hold, on)}" for hold in new
    )
    return Completed(name="Held", message=f"{why} {said}")


def _why(hold: Hold, on: Ground) -> str:
    return held_words.reason(hold.reason).said(on.project.policy.language)


def _what_to_do(hold: Hold, on: Ground) -> str:
    return held_words.cure(hold).said(on.project.policy.language)


def holds(on: Ground) -> tuple[Hold, ...]:
    """What is held now."""
    with on.engine.begin() as conn:
        return tuple(open_holds(conn))


def held_numbers(on: Ground) -> frozenset[int]:
    """The numbers of what is held now: what a run remembers at its beginning."""
    return frozenset(hold.id for hold in holds(on))
