"""Codes that were drawn with an intent: put into its message, or given back when it is not sent; it draws none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from journey_engine.language.project import Project
from journey_engine.line.deciding import Decided

_OF_INTENTS = text("select id, codes from intents where id = any(cast(:ids as bigint[])) and codes is not null")
# A code of which no message of the visit is left that may carry it is nobody's again. All is reckoned from the code's
# own row, locked first: a pass may be giving it to the next message of the same visit just now.
_GIVE_BACK = text("""
with gone as materialized (
    select id, enrolment_id, codes from intents
    where id = any(cast(:ids as bigint[])) and status = 'skipped' and codes is not null),
fewer as (select enrolment_id, jsonb_object_keys(codes) as pool, count(*) as times from gone group by 1, 2),
hers as materialized (
    select c.id, f.times from coupon_codes c join fewer f on f.enrolment_id = c.enrolment_id and f.pool = c.pool
    order by c.id for update of c),
back as (
    update coupon_codes c set held = greatest(0, c.held - h.times),
        enrolment_id = case when c.held > h.times or c.redeemed_at is not null then c.enrolment_id end,
        member_id = case when c.held > h.times or c.redeemed_at is not null then c.member_id end,
        drawn_at = case when c.held > h.times or c.redeemed_at is not null then c.drawn_at end,
        expires_at = case when c.held > h.times or c.redeemed_at is not null then c.expires_at end
    from hers h where c.id = h.id)
update intents i set codes = null from gone where i.id = gone.id
""")


def hand_over(connection: Connection, project: Project, now: datetime, decided: Sequence[Decided]) -> None:
    """Put the codes of what goes into its values: `coupon.POOL`, and its last day as `coupon.POOL.expires`.

    A code that is worth nothing any more at `now` is left out: the message says its default, or does not go.
    """
    going = {each.intent: each for each in decided if each.goes} if project.coupons else {}
    if going:
        for intent, codes in connection.execute(_OF_INTENTS, {"ids": list(going)}):
            going[intent].values.update(values_of(codes, now))


def values_of(codes: Mapping[str, Mapping[str, Any]], now: datetime) -> dict[str, str]:
    """What stands in a message for an intent's codes, by the names in its braces."""
    values: dict[str, str] = {}
    for pool, told in codes.items():
        ends = told.get("expires_at")
        if ends is None or now < datetime.fromisoformat(ends):
            values[f"coupon.{pool}"] = told["code"]
            values |= {f"coupon.{pool}.expires": told["until"]} if "until" in told else {}
    return values


def give_back(connection: Connection, intents: Iterable[int]) -> None:
    """Let go of the codes of intents that were skipped: nobody was ever sent them, so another member may have them.

    A code stays with its member as long as any other message of the same visit carries it or may have carried it.
    """
    connection.execute(_GIVE_BACK, {"ids": list(intents)})
