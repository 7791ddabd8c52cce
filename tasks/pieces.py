"""One piece of work as a Prefect task run whose name carries its count; it knows nothing of what the work is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from prefect import allow_failure, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.context import TaskRunContext
from prefect.states import Completed
from sqlalchemy.exc import OperationalError

from tasks.discreet import discreetly

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """What is shown of a result: `count` goes into the run's name, `message` into its state, `name` is the badge."""

    count: str = ""
    message: str = ""
    name: str = "Completed"


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A piece of work that ended: `result` is None where it failed; `state` draws the arrow to what comes after."""

    result: T | None
    state: State[Any]

    def or_raise(self) -> T:
        """The result; raises what the work raised."""
        if self.result is None:
            raise self.state.result(raise_on_failure=False)
        return self.result


def piece(
    label: str, work: Callable[[], T], told: Callable[[T], Told], after: Iterable[State[Any]] = (), retries: int = 0
) -> Done[T]:
    """Run `work` as a task run called `label`, after the runs whose states are given, whether those failed or not.

    Only a database that went away is tried again, `retries` times. A failure is the run's own: the caller goes on.
    """
    results: list[T] = []

    def run() -> State[Any]:
        results.append(discreetly(work))
        return named(label, told(results[-1]))

    make: Any = task  # its overloads know no function made on the spot
    kept = {"cache_policy": NO_CACHE, "persist_result": False}
    again = {"retries": retries, "retry_delay_seconds": 5, "retry_condition_fn": _database_went_away}
    once = make(run, name=label, task_run_name=label, **kept, **again)
    state: State[Any] = once(wait_for=[allow_failure(state) for state in after], return_state=True)
    return Done(results[-1] if results and state.is_completed() else None, state)


def named(label: str, told: Told) -> State[Any]:
    """The running task's final state, which takes the run's name along to the server."""
    context = TaskRunContext.get()
    if context is not None and told.count:
        # Not documented as an API (the state's message is the fallback); a test on a real server guards it.
        context.task_run.name = f"{label} ({told.count})"
    return Completed(name=told.name, message=told.message or told.count)


def people(count: int) -> str:
    """A count of members as it stands in names: `1,204` or `nobody`."""
    return f"{count:,}" if count else "nobody"


def _database_went_away(_task: Any, _run: Any, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), OperationalError)
