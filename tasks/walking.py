"""One pass of one journey and what Prefect shows of its end: done, held, rolled back or dry."""

from __future__ import annotations

from typing import Any

from prefect.client.schemas.objects import State
from prefect.context import TagsContext
from prefect.states import Completed, Failed
from sqlalchemy.exc import SQLAlchemyError

from journey_engine.errors import JourneysError
from journey_engine.language.graph import graph
from journey_engine.moving.passing import run_pass
from tasks import artifacts
from tasks.ground import Ground
from tasks.sharing import shared
from tasks.watching import DryRun, Watching


def walk(on: Ground, name: str, dry: bool = False) -> State[Any]:
    """The pass of `name` at this run's instant, and its map; `dry`: everything but the commit."""
    if name not in on.project.journeys:
        return Completed(name="Gone", message=f"{name} was taken away meanwhile.")
    nodes = graph(on.project.journeys[name])
    watching = Watching({node.name: nodes.parents(node.name) for node in nodes.nodes}, dry)
    try:
        # A number of its own would be a row of `runs` that stays: a dry run has none.
        # The run's own tags are not its steps': for each tagged task run the server is asked about a limit first.
        with TagsContext(current_tags=set()):
            number, sharing = (0, None) if dry else (None, shared(on))
            report = run_pass(on.engine, on.project, name, on.now, watching, number, sharing=sharing)
    except DryRun as seen:
        return Completed(name="Dry run", message=str(seen))
    except JourneysError as error:
        return Failed(name="Refused", message=str(error))
    except SQLAlchemyError as error:
        # Not the error's own text: it may quote the values of a statement.
        why = str(getattr(error, "orig", "") or type(error).__name__).strip().splitlines()[0]
        return Failed(name="Rolled back", message=f"The chunk that failed changed nothing. {why}")
    if report.superseded:
        return Completed(name="Stopped", message="Other definitions were applied meanwhile; the next tick goes on.")
    if dry:
        return Completed(name="Dry run", message="Nobody is due.")
    artifacts.journey_map(on, name)
    if report.held:
        return Completed(name="Held", message=f"{name} is held: {report.held}")
    said = f"{name}: {report.entered:,} entered, {sum(report.left.values()):,} left, {report.finished:,} finished"
    said += f", {report.intents:,} to send, {report.waiting:,} wait"
    return Completed(message=said + (f", {report.stuck:,} STUCK" if report.stuck else ""))
