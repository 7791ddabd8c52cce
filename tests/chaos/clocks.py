"""Lets the machine's clock jump: everything the database and LINE measured by it is older at once; no clock is set."""

from __future__ import annotations

from sqlalchemy import Connection, text

from journey_engine.sandbox.beside import Sandbox

# Every column that is written by clock_timestamp().
_BY_THE_CLOCK = {
    "requests": ("attempted_at", "lease_until", "next_attempt_at"),
    "attempts": ("attempted_at",),
    "channels": ("reserved_at",),
    "buckets": ("refilled_at",),
    "reply_tokens": ("issued_at", "used_at"),
}
_LEASES = text("""
update requests set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null
""")


def jump(connection: Connection, sandbox: Sandbox, seconds: float) -> None:
    """The clock is `seconds` later, here and at LINE: leases run out, keys and tokens age, backoffs end."""
    for table, columns in _BY_THE_CLOCK.items():
        older = ", ".join(f"{column} = {column} - make_interval(secs => :seconds)" for column in columns)
        connection.execute(text(f"update {table} set {older}"), {"seconds": seconds})
    sandbox.post("clock", {"age_seconds": sandbox.channel.instants.age + seconds})


def end_leases(connection: Connection) -> None:
    """Whoever held a request is taken for dead."""
    connection.execute(_LEASES)
