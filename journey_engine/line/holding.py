"""Holds that the sender itself lays on a channel or a message, and asks about; releasing is left to people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from journey_engine.line.answers import Answer, Meaning

MONTHLY = "LINE says that this month's quota is used up"
_HOLD = text("""
insert into holds (scope, name, reason, cure, since)
select :scope, :name, :reason, :cure, :now
where not exists (select from holds where scope = :scope and name = :name and released_at is null)
""")
_HELD = text("""
select reason from holds where scope = 'channel' and name = :channel and released_at is null order by id limit 1
""")
_ONLY_MONTHLY = text("""
select count(*) > 0 and bool_and(reason = :reason) from holds
where scope = 'channel' and name = :channel and released_at is null
""")
_LIFT = text("""
update holds set released_at = :now, released_by = 'sender', release_reason = 'LINE says that there is room again'
where scope = 'channel' and name = :channel and released_at is null and reason = :reason
""")


def channel_held(connection: Connection, channel: str) -> str | None:
    """Why nothing goes through this channel until somebody releases it; None if it is free."""
    return connection.execute(_HELD, {"channel": channel}).scalar()


def only_monthly(connection: Connection, channel: str) -> bool:
    """Whether the channel stands still for the month's quota and for nothing else: replies cost none, and go on."""
    return bool(connection.execute(_ONLY_MONTHLY, {"channel": channel, "reason": MONTHLY}).scalar_one())


def hold_channel(connection: Connection, channel: str, answer: Answer, now: datetime) -> None:
    """Stop a channel after an answer that concerns all of it: token, rights, address, or the month's quota."""
    if answer.meaning is Meaning.MONTHLY:
        reason, cure = MONTHLY, "Raise the plan's limit, or wait for the new month; it goes on by itself then."
    else:
        said = " ".join(str(part) for part in (answer.status, answer.detail) if part)
        reason = f"LINE refuses this channel: {said}"
        cure = f"Renew the channel access token or mend the address; then {_release('channel', channel)}"
    _hold(connection, "channel", channel, reason, cure, now)


def lift_monthly(connection: Connection, channel: str, now: datetime) -> None:
    """Let a channel go on that stood still for the month's quota only."""
    connection.execute(_LIFT, {"channel": channel, "now": now, "reason": MONTHLY})


def hold_message(connection: Connection, message: str, reason: str, now: datetime) -> None:
    """Stop a message that LINE refuses whoever it goes to; the intents wait for its release, or expire."""
    cure = f"Mend journeys/messages/{message}.yaml, apply; then {_release('message', message)}"
    _hold(connection, "message", message, reason, cure, now)


def hold_wave(connection: Connection, message: str, recipients: int, reasons: str, now: datetime) -> None:
    """Stop a message whose audience the gate did not pass."""
    cure = f"Look at who they are: journeys gate {message}. If it is right, {_release('message', message)}"
    _hold(connection, "message", message, f"{recipients:,} would get it at once: {reasons}.", cure, now)


def _release(scope: str, name: str) -> str:
    return f'journeys release {name} --scope {scope} --by NAME --reason "why"'


def _hold(connection: Connection, scope: str, name: str, reason: str, cure: str, now: datetime) -> None:
    connection.execute(_HOLD, {"scope": scope, "name": name, "reason": reason, "cure": cure, "now": now})
