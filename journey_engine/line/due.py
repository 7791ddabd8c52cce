"""Which intents are due, in the order in which they take what is scarce, as SQL; it judges none of them.

Due is what stands first in its visit, and what follows it there and may travel in the same request. A later message
whose step asks an `if:` waits till the earlier one is settled: what became of that one may be what it asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    text,
    true,
    tuple_,
    union_all,
)

from journey_engine.compiler.lookups import found_by
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import Send
from journey_engine.language.mentions import segments_of
from journey_engine.language.project import Project
from journey_engine.line.asking import CARRIED, MOST, Question, Stopped
from journey_engine.line.leading import Messages, heads, may_go, stands_before
from journey_engine.line.replying import fresh_token
from journey_engine.line.standing import NOW, recipient_of, topic_of
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.operation import holds

# In the order of an index (`exists` keeps none): what was settled long ago is not read through for the first open one.
_IS_DUE = text("""
select (select true from intents where status = 'pending' and at <= :now
        and (not_before is null or not_before <= :now or expires_at <= :now) order by at limit 1) is not null
""")


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether any intent may be decided at `now` (aware): what is put off till later is due only when it expires."""
    return connection.execute(_IS_DUE, {"now": now}).scalar_one()


def due(project: Project, asked: Question, named: Messages = ()) -> CTE:
    """At most so many due intents with topic, position, and their member's LINE user id and fresh reply token, if any.

    `follows`: an earlier one of the visit stands before it. `now` and `most` are left open (NOW, MOST).
    `named` are all messages of which something is pending, if `waiting_messages` told them.
    """
    first = heads(project, asked, named)
    columns = [first.c[name] for name in CARRIED]
    rows: Any = select(*columns, first.c.topic, first.c.head, false().label("follows"))
    if not asked.only_expired:
        rows = union_all(rows, _followers(project, first))
    visits = rows.cte("visits")
    order = (visits.c.head, visits.c.at, visits.c.id)
    token = fresh_token(visits.c.member_id).label("token")
    recipient = recipient_of(visits.c.member_id).label("recipient")
    position = func.row_number().over(order_by=order).label("position")
    kept = (column for column in visits.c if column.name != "head")
    return select(*kept, token, recipient, position).order_by(*order).limit(MOST).cte("due")


def sends(project: Project) -> Iterator[tuple[str, str, Send]]:
    """Every step that sends, with its journey and name."""
    for name, journey in project.journeys.items():
        for step, what in all_steps(journey):
            if isinstance(what, Send):
                yield name, step, what


def of_members(column: ColumnElement[int], only: Sequence[int] | None) -> list[ColumnElement[bool]]:
    """That a member is one of these; nothing if all are meant."""
    return [] if only is None else [column == func.any(literal(list(only), ARRAY(BigInteger)))]


def stopped(connection: Connection, project: Project) -> Stopped:
    """Journeys (held, paused, draft) and messages (held) of which nothing goes until that ends.

    A held segment holds the journeys that rest on it.
    """
    held: dict[str, set[str]] = {"journey": set(), "message": set(), "segment": set()}
    rows = connection.execute(
        select(holds.c.scope, holds.c.name).where(holds.c.released_at.is_(None), holds.c.scope.in_(held))
    )
    for scope, name in rows:
        held[scope].add(name)
    if held["segment"]:
        resting = ((name, segments_of(project, journey)) for name, journey in project.journeys.items())
        held["journey"].update(name for name, segments in resting if segments & held["segment"])
    held["journey"].update(name for name, journey in project.journeys.items() if journey.status in ("paused", "draft"))
    return tuple(sorted(held["journey"])), tuple(sorted(held["message"]))


def _followers(project: Project, heads: CTE) -> Select[Any]:
    """What comes behind a head in its visit, as far as nothing between stands still."""
    between = intents.alias("between")
    asks = [(journey, step) for journey, step, send in sends(project) if send.if_ is not None]

    def open_(row: Any) -> ColumnElement[bool]:
        unasked = tuple_(row.journey, row.step).not_in(asks) if asks else true()
        return and_(or_(row.expires_at <= NOW, may_go(row, row.message)), unasked)

    stands_still = (
        exists()
        .where(
            between.c.enrolment_id == intents.c.enrolment_id,
            between.c.id != heads.c.id,
            stands_before(between.c, intents.c),
            or_(between.c.status == "frozen", and_(between.c.status == "pending", ~open_(between.c))),
        )
        .correlate(intents, heads)
    )
    columns = (*(intents.c[name] for name in CARRIED), topic_of(project, intents.c.message).label("topic"))
    follows = select(*columns).where(
        intents.c.enrolment_id == heads.c.enrolment_id,
        intents.c.status == "pending",
        intents.c.at <= NOW,
        stands_before(heads.c, intents.c),
        open_(intents.c),
        ~stands_still,
    )
    behind = found_by(follows, "behind")  # behind each head by itself: all that is pending may be much
    return select(behind, heads.c.head, true()).select_from(heads.join(behind, true())).where(heads.c.leads)
