"""A coupon pool beside every case: which code it is decides nothing, and none is ever two visits'."""

from __future__ import annotations

from sqlalchemy import Connection, text

from journey_engine.language.coupon import Coupon
from journey_engine.language.message import Message
from journey_engine.language.project import Project

_CODES = 60  # few enough to run out
_POOL = Coupon.model_validate({"coupon": "gift", "title": "gift", "make": {"count": 60, "pattern": "????????"}})
_FILL = text("insert into coupon_codes (pool, code, batch_id) select 'gift', 'G' || n, 0 from generate_series(1, :n) n")
# What is wrong, a line each: a code in two visits, two codes in one, a count that is not that of the messages.
_WRONG = text("""
with given as (select enrolment_id, codes -> 'gift' ->> 'code' as code from intents where codes ? 'gift')
select 'in two visits', code from given group by code having count(distinct enrolment_id) > 1
union all select 'two in visit', enrolment_id::text from given group by enrolment_id having count(distinct code) > 1
union all select 'held', code from coupon_codes c
where held <> (select count(*) from given g where g.code = c.code)
union all select 'not asked', id::text from intents where message = 'coupon' and codes is null
union all select 'free beside a lack', (select code from coupon_codes where enrolment_id is null limit 1)
where exists (select from coupon_codes where enrolment_id is null)
  and exists (select from intents where message = 'coupon' and not codes ? 'gift')
""")


def with_pool(project: Project) -> Project:
    """The project with a pool, and a message that carries its codes; to the reference it is a message."""
    carrying = {
        name: Message.model_validate({**message.model_dump(by_alias=True), "say": [{"text": "{coupon.gift}"}]})
        for name, message in project.messages.items()
        if name == "coupon"
    }
    return project.model_copy(update={"messages": {**project.messages, **carrying}, "coupons": {"gift": _POOL}})


def fill(connection: Connection) -> None:
    """The pool's codes."""
    connection.execute(_FILL, {"n": _CODES})


def each_is_one_visits(connection: Connection) -> None:
    """Fails if a code was given twice, a visit has two, or somebody went without while one was free."""
    assert connection.execute(_WRONG).all() == []
