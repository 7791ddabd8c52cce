"""Journeys in motion: definitions as applied, who is inside, who waits where, and what each pass did and why."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.store.tables.metadata import INSTANT, arrived, metadata, number

# kind: schema | policy | stages | replies | personas | segment | feed | coupon | message | flex | journey.
# The live one: replaced_at null.
definitions = Table(
    "definitions",
    metadata,
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # json, not jsonb: the order of steps and arms is part of a definition, and jsonb forgets the order of keys.
    Column("body", JSON, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("applied_at", INSTANT, nullable=False),
    Column("applied_by", Text, nullable=False),
    Column("replaced_at", INSTANT),
    PrimaryKeyConstraint("kind", "name", "version"),
    Index("uq_definitions_live", "kind", "name", unique=True, postgresql_where=text("replaced_at is null")),
)

# One row a journey: since when triggers count, the last pass's now, and which transactions' arrivals were read: all
# that `snapshot` saw, none from `seen` (its xmin) on that it did not see.
journey_clocks = Table(
    "journey_clocks",
    metadata,
    Column("journey", Text, primary_key=True),
    Column("live_since", INSTANT, nullable=False),
    Column("last_now", INSTANT, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("snapshot", Text),  # pg_snapshot as text; null: nothing from `seen` on was read
    Column("paused_at", INSTANT),  # since when it stands still; null: it does not
    Column("resumed_at", INSTANT),  # the end of the last pause that moved the times of those who wait
)

# What a chunk writes by the ten thousand has no foreign keys, here and elsewhere: members and enrolments are never
# deleted, every writer reads the member it writes, and the checks took longer than the rows.

# One visit of a member; for ever. While ended_at is null the member is inside (or held out and measured).
enrolments = Table(
    "enrolments",
    metadata,
    number(always=False),
    Column("journey", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("entry_key", Text, nullable=False, server_default=""),
    Column("visit", Integer, nullable=False),  # 1, 2, …
    Column("version", Integer, nullable=False),
    Column("entered_at", INSTANT, nullable=False),
    Column("entry_ref", Text, nullable=False),  # what let the member in, used once; compiler/references.py says how
    Column("entry", JSONB, nullable=False),  # the trigger's value and properties
    Column("arm", Text, nullable=False),  # journey | holdout
    Column("arms", JSONB, nullable=False, server_default=text("'{}'")),  # split step -> arm
    Column("ended_at", INSTANT),
    Column("end_reason", Text),  # finished | stop: … | go_to: … | leave | blocked | erased | goal | holdout | stuck
    Column("goal_at", INSTANT),
    Column("goal_until", INSTANT),  # null: the journey has no goal
    arrived(),
    UniqueConstraint("journey", "member_id", "entry_key", "visit"),
    Index(None, "member_id"),
    Index(None, "arrived"),
    Index("ix_enrolments_inside", "journey", "member_id", postgresql_where=text("ended_at is null")),
)

# The guard in the database: nobody is inside twice.
inside = Table(
    "inside",
    metadata,
    Column("journey", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("entry_key", Text, nullable=False, server_default=""),
    Column("enrolment_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("journey", "member_id", "entry_key"),
)

# Where an enrolment waits: at a step, or as `(holdout)` or `(goal)`, to be measured only. due_at: what the step
# promised; wake_at: the instant of the step's next decision as far as is known; flip_at: when the clock alone may next
# change the truth of the leave rule or the goal. A step that has begun (a wait, quiet hours) has due_at > arrived_at.
waiting = Table(
    "waiting",
    metadata,
    Column("enrolment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("journey", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("step", Text, nullable=False),
    Column("arrived_at", INSTANT, nullable=False),
    Column("due_at", INSTANT, nullable=False),
    Column("wake_at", INSTANT, nullable=False),
    Column("flip_at", INSTANT),
    Index(None, "journey", "step", "wake_at"),
    Index("ix_waiting_flips", "journey", "flip_at", postgresql_where=text("flip_at is not null")),
    Index(None, "member_id"),
)

# A trigger that cannot be judged yet: its `if` rests on data that has not arrived, or the journey's pace lets it in
# later. `at`: the instant at which it is judged and enters.
entrances = Table(
    "entrances",
    metadata,
    Column("journey", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("entry_ref", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("entry", JSONB, nullable=False),
    PrimaryKeyConstraint("journey", "member_id", "entry_ref"),
    Index(None, "journey", "at"),
)

# How many triggers of a journey with a pace have their turn in the day or hour that starts then.
paces = Table(
    "paces",
    metadata,
    Column("journey", Text, nullable=False),
    Column("starts_at", INSTANT, nullable=False),
    Column("taken", BigInteger, nullable=False),
    PrimaryKeyConstraint("journey", "starts_at"),
)

# One row per enrolment and chunk: the path with what was decided and why; answers "why did she (not) get it?".
moves = Table(
    "moves",
    metadata,
    number(),
    Column("run_id", BigInteger, nullable=False),
    Column("enrolment_id", BigInteger, nullable=False),
    Column("journey", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("now", INSTANT, nullable=False),
    # [{"step", "at", "outcome", "why"}, …] in order; `why` only where there is something to tell.
    Column("path", JSONB, nullable=False),
    Index(None, "member_id"),
)

# Triggers that did not let the member in, and why; refused once, counted by reason.
refusals = Table(
    "refusals",
    metadata,
    Column("journey", Text, nullable=False),
    Column("entry_ref", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("reason", Text, nullable=False),  # no key | restart | older | inside | again | blocked | if
    Column("why", JSONB),  # {"enrolment": id}, {"event": id} or {"asked": {"0": true, …}}: leaves of `if` in order
    PrimaryKeyConstraint("journey", "member_id", "entry_ref"),
)

# How many took each way, per business day of the step's instant: the funnel and the map are read from here. `part`: who
# counted them, so that passes that run at the same time do not meet at one row; readers sum over it.
step_counts = Table(
    "step_counts",
    metadata,
    Column("journey", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("members", BigInteger, nullable=False),
    Column("part", Integer, nullable=False, server_default="0"),  # the pass's set of tables; -1: a merge
    PrimaryKeyConstraint("journey", "step", "outcome", "day", "part"),
)

# Members a chunk could not be computed for; shown, and tried again by command.
stuck = Table(
    "stuck",
    metadata,
    Column("journey", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", INSTANT, nullable=False),
    PrimaryKeyConstraint("journey", "member_id"),
)

# What people were asked to take over; the team closes it, and that is an event a wait may name.
hand_offs = Table(
    "hand_offs",
    metadata,
    number(),
    Column("enrolment_id", BigInteger, nullable=False),
    Column("journey", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("team", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", INSTANT, nullable=False),  # the step's instant
    Column("closed_at", INSTANT),
    Column("closed_by", Text),
    Index(None, "member_id"),
    Index("ix_hand_offs_open", "team", "at", postgresql_where=text("closed_at is null")),
)
