"""Erases members for good and keeps their counts: what identifies them goes, set by set, in one commit; sends nothing.

What is taken says `removals`. A request to LINE that is under way is finished or given up by the sender's own rules:
never accepted it is dissolved, in doubt it is asked about once more with its key if others are in it, else unknown; a
call under way is heard. Until then the erasure is open, and `finish` looks through the member again. Her visits end as
`erased` at the next pass, which counts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, Connection, Engine, bindparam, text

from journey_engine.errors import UsageError
from journey_engine.language.project import Project
from journey_engine.lifecycle import features
from journey_engine.line import settling
from journey_engine.members import erased, merging, removals, tracing
from journey_engine.store.conflicts import unless_others_write

_LOCK_MEMBERS = text("""
select id from members where id = any(:ids) or merged_into = any(:ids) order by id for update
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))
_TEMPORARY = (
    "create temp table forgotten (member_id bigint, member_key text) on commit drop",
    "create temp table forgotten_values (kind text, value text) on commit drop",
    "create temp table forgotten_requests (id bigint) on commit drop",
)
_WHO = text("insert into forgotten select id, member_key from members where id = any(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(BigInteger))
)
_VALUES = text("""
insert into forgotten_values select kind, value from identities where member_id in (select member_id from forgotten)
""")
# By its recipients, too: what was split or dissolved holds no intent any more.
_REQUESTS = text("""
insert into forgotten_requests
select id from requests where id in (
    select request_id from intents where member_id in (select member_id from forgotten) and request_id is not null
    union all
    select r.id from requests r, unnest(r.recipients) as u (value)
    join forgotten_values v on v.kind = 'line' and v.value = u.value)
order by id for update
""")
_PENDING = text("""
select id from intents where status = 'pending' and member_id in (select member_id from forgotten) order by id
""")
_OPEN = text("""
insert into erasures (member_id, at, "by", reason, owed)
select member_id, :now, :by, :reason, coalesce((select array_agg(i.request_id) from intents i
    where i.member_id = f.member_id and i.status = 'frozen' and i.request_id is not null), '{}')
from forgotten f order by member_id
on conflict (member_id) do nothing
returning member_id
""")
_UNFINISHED = text("select member_id from erasures where finished_at is null order by member_id")
_STARTED_BEFORE = text("""
select exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
               and backend_type = 'client backend' and xact_start < transaction_timestamp())
""")
_OWED = text("""
insert into forgotten_requests
select distinct r.id from erasures e join requests r on r.id = any(e.owed) or r.root_id = any(e.owed)
where e.member_id in (select member_id from forgotten)
""")
_OWED_RECIPIENTS = f"""
insert into forgotten_values
select distinct 'line', u.value from requests r, unnest(r.recipients) as u (value)
where r.id in (select id from forgotten_requests) and {erased.is_erased("'line'", "u.value")}
"""
_FINISH = text("""
update erasures e set finished_at = clock_timestamp()
where e.finished_at is null and e.member_id in (select member_id from forgotten)
  and not exists (select from requests r where (r.id = any(e.owed) or r.root_id = any(e.owed))
                                           and r.status in ('ready', 'attempting'))
  and not exists (select from intents i where i.member_id = e.member_id and i.status in ('pending', 'frozen'))
  and not exists (select from calls c where c.member_id = e.member_id and c.status in ('pending', 'calling'))
""")


_NAMED = text("""
select exists (select from forgotten_values where length(value) >= 4 and strpos(:reason, value) > 0)
    or exists (select from members m join forgotten f on f.member_id = m.id
               where strpos(:reason, m.member_key) > 0
                  or length(m.attributes ->> 'name') >= 2 and strpos(:reason, m.attributes ->> 'name') > 0)
""")


class NamedInTheReason(UsageError):
    """The reason of an erasure is kept, and must not say who was erased."""

    def __init__(self) -> None:
        super().__init__(
            "The reason names the member, and it is kept.",
            "Say why without a name or number, for example: asked for it by mail on 2 May.",
            "--reason",
        )


@dataclass(slots=True)
class Forgotten:
    """How many members were erased, and how many rows of each table were emptied or taken away."""

    members: int = 0
    rows: dict[str, int] = field(default_factory=dict[str, int])


def forget(
    engine: Engine, project: Project, members: Sequence[int], by: str, reason: str, now: datetime, dry: bool = False
) -> Forgotten:
    """Erase these members (their numbers) at business `now`, in one commit, done over if it met another writer.

    Who was merged into one of them goes as well. A member who was erased before is looked through again. With `dry`
    all is done and rolled back, so that the figures are the real ones.
    """

    def attempt() -> Forgotten:
        with engine.connect() as connection, connection.begin() as transaction:
            done = forget_in(connection, project, members, by, reason, now)
            if dry:
                transaction.rollback()
            return done

    done = unless_others_write(attempt)
    if not dry:
        finish(engine, now)
    return done


def forget_in(
    connection: Connection, project: Project, members: Sequence[int], by: str, reason: str, now: datetime
) -> Forgotten:
    """The same in the caller's transaction, which must hold no lock yet.

    It waits until nobody lands a batch, takes what came in, decides what to send, or walks a journey.
    """
    merging.be_alone(connection, patient=True)
    ids = list(connection.scalars(_LOCK_MEMBERS, {"ids": list(members)}))
    done = Forgotten(len(ids))
    for statement in _TEMPORARY:
        connection.exec_driver_sql(statement)
    connection.execute(_WHO, {"ids": ids})
    connection.execute(_VALUES)
    connection.exec_driver_sql("analyze forgotten, forgotten_values")
    if connection.execute(_NAMED, {"reason": reason}).scalar_one():
        raise NamedInTheReason
    connection.execute(_REQUESTS)
    connection.exec_driver_sql("analyze forgotten_requests")
    erased.remember(connection, now)
    tracing.strike_out(connection)
    skipped = dict.fromkeys(connection.scalars(_PENDING).all(), "erased")
    settling.skip(connection, skipped, now)
    connection.execute(_OPEN, {"now": now, "by": by, "reason": reason})
    tracing.forget_keys(connection, project)
    _remove(connection, project, now, done)
    done.rows |= tracing.empty(connection, project, now)
    features.forget(connection)
    return done


def finish(engine: Engine, now: datetime) -> int:
    """Look once more through all whose erasure is open, and close those to whom nothing is owed; how many stay open.

    One whom a transaction that was open before may still have seen stays open, until that has ended.
    """
    with engine.begin() as connection:
        ids = connection.scalars(_UNFINISHED).all()
        if not ids:
            return 0
        others = connection.execute(_STARTED_BEFORE).scalar_one()
        finish_in(connection, ids, now, close=not others)
        return len(connection.scalars(_UNFINISHED).all())


def finish_in(connection: Connection, ids: Sequence[int], now: datetime, close: bool) -> None:
    """The same for these members, in the caller's transaction; `close`: nobody else may still have seen them."""
    for statement in _TEMPORARY:
        connection.exec_driver_sql(statement)
    connection.execute(_WHO, {"ids": list(ids)})
    connection.execute(_OWED)
    known = erased.pads(connection)
    if known is not None:
        connection.execute(erased.bound(_OWED_RECIPIENTS), known)
    skipped = dict.fromkeys(connection.scalars(_PENDING).all(), "erased")
    settling.skip(connection, skipped, now)
    given = _given(None, now)
    for removal in (*removals.DELIVERY, *removals.MOVING, *removals.PEOPLE):
        connection.execute(text(removal.statement), given)
    if close:
        connection.execute(_FINISH)


def _remove(connection: Connection, project: Project, now: datetime, done: Forgotten) -> None:
    given = _given(project, now)
    for removal in (*removals.DELIVERY, *removals.MOVING, *removals.PEOPLE):
        count = connection.execute(text(removal.statement), given).rowcount
        table = removal.columns[0].partition(".")[0] if removal.columns else removal.statement.split()[2]
        done.rows[table] = done.rows.get(table, 0) + count


def _given(project: Project | None, now: datetime) -> dict[str, Any]:
    """What the statements of `removals` are given: properties whose numbers stay, by event."""
    kinds = project.schema_.events if project else {}
    numbers = {
        name: [each for each, kind in event.properties.items() if kind in ("number", "money")]
        for name, event in kinds.items()
    }
    numbers["answer"] = ["score"]
    return {"now": now, "numbers_of": orjson.dumps(numbers).decode(), "own": orjson.dumps(removals.OWN_WORDS).decode()}
