"""Judges what a run was never to exceed: standing, quiet hours, caps, quota, and how messages travel together."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.chaos.case import Case, Found
from tests.chaos.scripts import Wish

ZONE = ZoneInfo("Asia/Taipei")


def nothing_after_harm(case: Case) -> Found:
    """Who left, withdrew, blocked or was erased gets nothing that had not left by then.

    But a multicast that may have been accepted: it finishes unchanged.
    """
    keys = {request.retry_key: request for request in case.requests.values()}
    for place, round_ in enumerate(case.script.rounds):
        until = case.evidence.marks[place - 1].accepted if place else 0
        for event in round_.before:
            for intent, taken in case.taken.items():
                if not case.harmed(intent, event):
                    continue
                for each in taken:
                    request = keys.get(each.retry_key or "")
                    finishes = each.endpoint == "multicast" and request is not None and request.unclear
                    if each.number >= until and not finishes:
                        yield f"{case.called(intent)} was accepted by {each.endpoint} after: {event.harm} {event.what}"


def nothing_in_quiet_hours(case: Case) -> Found:
    """In quiet hours nothing but a reply is accepted."""
    if "quiet_hours" not in case.script.policy:
        return
    until = 0
    for mark in case.evidence.marks:
        local = mark.now.astimezone(ZONE)
        for taken in case.evidence.ledger[until : mark.accepted]:
            if (local.hour >= 21 or local.hour < 8) and taken.endpoint != "reply":
                yield f"{taken.endpoint} {taken.number} was accepted at {local:%H:%M}"
        until = mark.accepted


_CAP = re.compile(r"(\d+) per (?:(\d+) )?(hour|day)s?")


def within_caps(case: Case) -> Found:
    """Nobody got, or may have got, more than a cap allows: in so many hours, or on so many days."""
    for about, said in case.script.policy.get("caps", {}).items():
        count, length, unit = _CAP.fullmatch(said).groups()
        got: dict[int, list[datetime]] = defaultdict(list)
        for intent, row in case.intents.items():
            counts = case.topic(intent) == about or (about == "all" and case.topic(intent) != "transactional")
            if row.status in ("accepted", "unknown") and row.settled_at is not None and counts:
                got[case.wishes[intent].person].append(row.settled_at)
        for person, instants in got.items():
            for last in instants:
                start = _window(last, int(length or 1), unit)
                within = [at for at in instants if start < at <= last]
                if len(within) > int(count):
                    yield f"person {person} got {len(within)} of {about}, whose cap is {said}"


def _window(last: datetime, length: int, unit: str) -> datetime:
    if unit == "hour":
        return last - timedelta(hours=length)
    local = last.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return local - timedelta(days=length - 1, microseconds=1)


def within_quota(case: Case) -> Found:
    """LINE never bills more than the policy's quota, and our own figure covers what LINE billed, and little more."""
    billed = sum(len(t.to) - len(t.missed) for t in case.evidence.ledger if t.endpoint != "reply")
    quota = case.script.policy.get("quota")
    if quota is not None and billed > quota:
        yield f"LINE bills {billed} recipients, and the quota is {quota}"
    if case.evidence.quota_used is not None:
        held = [r for r in case.requests.values() if r.endpoint != "reply" and r.status in ("accepted", "unknown")]
        # What LINE has counted and we were in doubt of is counted twice for a while: the quota is rather kept too well.
        doubtful = [r for r in held if r.unclear or r.status == "unknown"]
        most = sum(len(request.recipients) for request in [*held, *doubtful])
        if not billed <= case.evidence.quota_used <= max(most, billed):
            yield f"we counted {case.evidence.quota_used} recipients; LINE billed {billed}, requests name {most}"
        named = sum(len(request.recipients) for request in held)
        if case.evidence.quota_booked != named:
            yield f"the book of the quota says {case.evidence.quota_booked}, and requests name {named} recipients"


def bundled_rightly(case: Case) -> Found:
    """Of what travels together quick replies are on the last alone, silence is common to all, no key is used twice."""
    keys = Counter(taken.retry_key for taken in case.evidence.ledger if taken.retry_key is not None)
    yield from (f"key {key} was accepted {times} times" for key, times in keys.items() if times > 1)
    ours = {request.retry_key for request in case.requests.values()}
    for taken in case.evidence.ledger:
        if any("quickReply" in message for message in taken.messages[:-1]):
            yield f"{taken.endpoint} {taken.number}: quick replies that nobody sees"
        if taken.retry_key is not None and taken.retry_key not in ours:
            yield f"{taken.endpoint} {taken.number} has a key of no request"
    hushed = any(t.silent for t in case.evidence.ledger)
    for intent, all_taken in case.taken.items():
        wish: Wish = case.wishes[intent]
        for taken in all_taken:
            if hushed and taken.silent != (wish.message == "hush"):
                yield f"{case.called(intent)} travelled with others that are not as silent as it is"
