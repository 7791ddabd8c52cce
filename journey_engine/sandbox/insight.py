"""`/insight/…` in LINE's shapes: what the ledger can tell, the rest as LINE withholds it; nobody's opening is known."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from journey_engine.sandbox import words
from journey_engine.sandbox.channel import Channel
from journey_engine.sandbox.instants import date_of, day_of
from journey_engine.sandbox.words import Answer

_DATE = re.compile(r"\d{8}")
_NAMES = {"apiBroadcast": "broadcast", "apiPush": "push", "apiMulticast": "multicast", "apiNarrowcast": "narrowcast"}
_LONGEST_RANGE = 30


def followers(channel: Channel, query: bytes) -> Answer:
    """`/insight/followers`: as they are now for every past day, the sandbox keeps no history of them."""
    if (past := _past(channel, query)) is not True:
        return past or words.answer(200, status="unready")
    counts = channel.friends.counts()
    told = {"followers": sum(counts.values()), "targetedReaches": counts["friend"], "blocks": counts["blocked"]}
    return words.answer(200, status="ready", **told)


def deliveries(channel: Channel, query: bytes) -> Answer:
    """`/insight/message/delivery`: recipients of a past day by endpoint, zeros left out as LINE does."""
    if (past := _past(channel, query)) is not True:
        return past or words.answer(200, status="unready")
    date, now = _asked(query)["date"], channel.instants.now_ms()
    names = {**_NAMES, "apiReply": "reply"}
    counts = {name: channel.quota.delivered_on(date, endpoint, now) or 0 for name, endpoint in names.items()}
    return words.answer(200, status="ready", **{name: count for name, count in counts.items() if count})


def demographic(_channel: Channel, _query: bytes) -> Answer:
    """`/insight/demographic`: not available, as for an account of fewer than 20 friends."""
    return words.answer(200, available=False)


def message_event(channel: Channel, query: bytes) -> Answer:
    """`/insight/message/event`: of a broadcast or narrowcast; who opened it is null, as LINE has it below 20 people."""
    asked = _asked(query).get("requestId", "")
    for taken in channel.ledger():
        if taken.request_id == asked and taken.endpoint in ("broadcast", "narrowcast"):
            unknown = dict.fromkeys(("uniqueImpression", "uniqueClick", "uniqueMediaPlayed"))
            about = {"requestId": asked, "timestamp": taken.at // 1000, "delivered": len(taken.to), **unknown}
            return words.answer(200, overview=about, messages=[], clicks=[])
    return words.error(400, "The request ID is invalid")


def unit_statistics(_channel: Channel, query: bytes) -> Answer:
    """`/insight/message/event/aggregation`: at most 30 days; everything null, as LINE has it below 20 people."""
    asked = _asked(query)
    first, last = asked.get("from", ""), asked.get("to", "")
    for name, date in (("from", first), ("to", last)):
        if not _DATE.fullmatch(date):
            return _invalid(name)
    if not 0 <= _number(last) - _number(first) < _LONGEST_RANGE:
        return _invalid("to")
    if not asked.get("customAggregationUnit"):
        return _invalid("customAggregationUnit")
    unknown = ("uniqueImpression", "uniqueClick", "uniqueMediaPlayed", "uniqueMediaPlayed100Percent")
    return words.answer(200, overview=dict.fromkeys(unknown), messages=[], clicks=[])


def _asked(query: bytes) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}


def _past(channel: Channel, query: bytes) -> Any:
    """True for a platform day (UTC+9) that is over, None for one that is not, an answer for what is no date."""
    date = _asked(query).get("date", "")
    if not _DATE.fullmatch(date):
        return _invalid("date")
    return True if date < date_of(day_of(channel.instants.now_ms())) else None


def _invalid(name: str) -> Answer:
    return words.error(400, f"The value for the '{name}' parameter is invalid")


def _number(date: str) -> int:
    from datetime import date as calendar

    try:
        return calendar(int(date[:4]), int(date[4:6]), int(date[6:])).toordinal()
    except ValueError:
        return 0
