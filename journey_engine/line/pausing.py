"""A person's pause: holds of a journey, a message, a channel, or all channels; it loses nothing and ends nothing.

What waits stays as it is; what expires meanwhile is skipped as expired. What LINE may already have is finished.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from journey_engine.errors import UsageError
from journey_engine.language.project import Project
from journey_engine.language.words import did_you_mean
from journey_engine.line.deciding import lock_channel

ALL = "all"
_HOLD = text("""
insert into holds (scope, name, reason, cure, since)
select :scope, :name, :reason, :cure, :now
where not exists (select from holds where scope = :scope and name = :name and reason like :ours
                  and released_at is null)
""")
_WAITING = text("""
select count(*) from intents where status = 'pending'
    and case :scope when 'journey' then journey = :name when 'message' then message = :name else true end
""")
_CHANNELS = text("select channel from channels")
_PAUSED = "Paused by "


class NothingToPause(UsageError):
    """No journey, message or channel has this name, or several have."""

    def __init__(self, name: str, scopes: list[str], known: set[str]) -> None:
        if scopes:
            cure = f"journeys pause {name} --scope {scopes[0]} …"
            super().__init__(f"{name} is a {' and a '.join(scopes)}.", cure, "pause")
        else:
            cure = did_you_mean(name, known | {ALL}).en
            super().__init__(f"No journey, message or channel is called {name}.", cure, "pause")


@dataclass(frozen=True, slots=True)
class Paused:
    """One pause. `waiting` are the messages decided upon by journeys and not yet gone; `new`: it was not paused yet."""

    scope: str
    name: str
    waiting: int
    new: bool

    def __str__(self) -> str:
        said = "stands still now" if self.new else "was paused already"
        end = f'journeys release {self.name} --scope {self.scope} --by NAME --reason "why"'
        return f"{self.scope} {self.name} {said}; {self.waiting:,} messages wait. It goes on with: {end}"


def pause(
    connection: Connection,
    project: Project,
    channel: str,
    name: str,
    by: str,
    because: str,
    now: datetime,
    scope: str | None = None,
) -> list[Paused]:
    """Let nothing more be decided of this journey, of this message, through this channel, or (`all`) any channel.

    `channel` is the one in use. Waits for a decision that is being made. Journeys that are not paused themselves go on
    moving. Raises NothingToPause.
    """
    channels = {channel, *connection.scalars(_CHANNELS)}
    for each in sorted(channels):
        lock_channel(connection, each)
    found = [(kind, one) for kind, one in _meant(project, channels, name) if scope in (None, kind)]
    kinds = sorted({kind for kind, _ in found})
    if len(kinds) != 1:
        raise NothingToPause(name, kinds, {*project.journeys, *project.messages, *channels})
    return [_pause(connection, kind, one, by, because, now) for kind, one in found]


def _meant(project: Project, channels: set[str], name: str) -> list[tuple[str, str]]:
    known = {"channel": channels, "journey": project.journeys, "message": project.messages}
    found = [(kind, name) for kind, names in known.items() if name in names]
    return found or [("channel", each) for each in sorted(channels) if name == ALL]


def _pause(connection: Connection, scope: str, name: str, by: str, because: str, now: datetime) -> Paused:
    given = {"scope": scope, "name": name, "now": now, "ours": f"{_PAUSED}%"}
    given |= {
        "reason": f"{_PAUSED}{by}: {because}",
        "cure": f"journeys release {name} --scope {scope} when it may go on.",
    }
    new = connection.execute(_HOLD, given).rowcount == 1
    waiting: int = connection.execute(_WAITING, {"scope": scope, "name": name}).scalar_one()
    return Paused(scope, name, waiting, new)
