"""Answers LINE's questions: profile, followers, quota, delivery counts, units; it changes nothing."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from journey_engine.sandbox import limits, words
from journey_engine.sandbox.channel import Channel
from journey_engine.sandbox.words import Answer

BOT_USER_ID = "U0000000000000000000000000000b07a"
_DATE = re.compile(r"\d{8}")


def profile(channel: Channel, user: str) -> Answer:
    """`/profile/{userId}`: 404 for unknown, blocked and deleted alike, as LINE does."""
    friend = channel.friends.get(user)
    if friend is None or friend.status != "friend":
        return words.error(404, words.NOT_FOUND)
    return words.answer(200, userId=friend.id, displayName=friend.name or friend.id[:9], language=friend.language)


def follower_ids(channel: Channel, query: bytes) -> Answer:
    """`/followers/ids`: pages of friends; the blocked and the deleted are left out. 403 for an unverified account."""
    if not channel.verified:
        return words.error(403, words.NOT_ENTITLED)
    asked = _query(query)
    try:
        limit = int(asked.get("limit", limits.FOLLOWERS_DEFAULT))
        start = int(asked.get("start", "0"), 36)
    except ValueError:
        return words.error(400, "Invalid start or limit")
    if not 1 <= limit <= limits.FOLLOWERS_MOST or start < 0:
        return words.error(400, f"limit: must be between 1 and {limits.FOLLOWERS_MOST}")
    ids, position = channel.friends.followers(start, limit)
    body: dict[str, Any] = {"userIds": ids}
    if position is not None:
        body["next"] = _base36(position)
    return words.answer(200, **body)


def quota(channel: Channel) -> Answer:
    """`/message/quota`: the month's limit, or that there is none."""
    limit = channel.quota.limit
    return words.answer(200, type="none") if limit is None else words.answer(200, type="limited", value=limit)


def consumption(channel: Channel) -> Answer:
    """`/message/quota/consumption`: recipients billed this month (LINE calls it approximate; here it is exact)."""
    return words.answer(200, totalUsage=channel.quota.used(channel.instants.now_ms()))


def delivered(channel: Channel, query: bytes, endpoint: str) -> Answer:
    """`/message/delivery/{endpoint}?date=yyyyMMdd`: recipients on a platform day (UTC+9); today is `unready`."""
    date = _query(query).get("date", "")
    if not _DATE.fullmatch(date):
        return words.error(400, "The value for the 'date' parameter is invalid")
    count = channel.quota.delivered_on(date, endpoint, channel.instants.now_ms())
    return words.answer(200, status="unready") if count is None else words.answer(200, status="ready", success=count)


def unit_count(channel: Channel) -> Answer:
    """`/message/aggregation/info`: how many unit names this month has."""
    return words.answer(200, numOfCustomAggregationUnits=len(channel.quota.units(channel.instants.now_ms())))


def unit_names(channel: Channel, query: bytes) -> Answer:
    """`/message/aggregation/list`: this month's unit names, 100 a page."""
    asked = _query(query)
    names = channel.quota.units(channel.instants.now_ms())
    try:
        start, limit = int(asked.get("start", "0"), 36), min(100, int(asked.get("limit", "100")))
    except ValueError:
        return words.error(400, "Invalid start or limit")
    body: dict[str, Any] = {"customAggregationUnits": names[start : start + limit]}
    if start + limit < len(names):
        body["next"] = _base36(start + limit)
    return words.answer(200, **body)


def bot_info() -> Answer:
    """`/info`: who this channel is."""
    return words.answer(
        200, userId=BOT_USER_ID, basicId="@sandbox", displayName="沙箱官方帳號", chatMode="bot", markAsReadMode="auto"
    )


def _query(query: bytes) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}


def _base36(number: int) -> str:
    digits, text = "0123456789abcdefghijklmnopqrstuvwxyz", ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"
