"""Judges one run by the script, LINE's ledger and the rows that are left; it imports nothing of the sender.

The law: accepted by LINE at most once per intent; never lost; unknown only where an attempt was unclear and the rules
forbid another one. What is accepted for us is accepted in LINE's ledger, and the reverse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.chaos import bounds
from tests.chaos.case import Case, Found, text_of
from tests.chaos.evidence import Evidence, Intent, Request
from tests.chaos.scripts import SHARED

TOO_OLD = 23 * 3600.0  # seconds after the first attempt, from which on nobody asks again
_HARMS = {"withdraw": "no consent", "erase": "erased", "leave": "left", "block": "not a friend"}


def judge(evidence: Evidence) -> list[str]:
    """Everything that is against the law in this run, in words; nothing if all is well."""
    case = Case(evidence)
    rules: tuple[Callable[[Case], Found], ...] = (
        nothing_strange,
        accepted_once,
        ledgers_agree,
        nothing_lost,
        skipped_for_a_reason,
        unknown_for_a_reason,
        attempts_named_rightly,
        in_order,
        bounds.nothing_after_harm,
        bounds.nothing_in_quiet_hours,
        bounds.within_caps,
        bounds.within_quota,
        bounds.bundled_rightly,
    )
    return [f"{rule.__name__}: {complaint}" for rule in rules for complaint in rule(case)]


def nothing_strange(case: Case) -> Found:
    """LINE took what was wished, senders ended by order only, and no key came with two bodies."""
    yield from case.strange
    yield from case.evidence.errors
    if case.evidence.other_bodies:
        yield f"{case.evidence.other_bodies} retry keys were used again with another body"


def accepted_once(case: Case) -> Found:
    """No intent is accepted twice, whatever its keys."""
    for intent, taken in case.taken.items():
        if len(taken) > 1:
            where = ", ".join(f"{t.endpoint} {t.number} (key {t.retry_key})" for t in taken)
            yield f"{case.called(intent)} was accepted {len(taken)} times: {where}"


def ledgers_agree(case: Case) -> Found:
    """What we call accepted is in LINE's ledger; what we call unknown may be; nothing else is."""
    for intent, row in case.intents.items():
        times = len(case.taken[intent])
        dropped = case.script.drops_unknown and not case.people[case.wishes[intent].person].known
        if row.status == "accepted" and times == 0 and not dropped:
            yield f"{case.called(intent)} is not in LINE's ledger"
        if row.status not in ("accepted", "unknown") and times:
            yield f"{case.called(intent)} is in LINE's ledger"


def nothing_lost(case: Case) -> Found:
    """When all is well again whatever is still owed has a reason to wait, and in the end everything is settled."""
    healed_at = case.evidence.healed_at
    pending = {intent.id for intent in case.evidence.healed if intent.status == "pending"}
    for intent in case.evidence.healed:
        if intent.status == "frozen":
            yield f"{case.wishes[intent.id].tag} is still frozen though all is well again"
        if intent.status == "pending" and not _may_wait(case, intent, healed_at, pending):
            yield f"{case.wishes[intent.id].tag} ({intent.reason}) still waits though all is well again"
    for intent, row in case.intents.items():
        if row.status not in ("accepted", "skipped", "unknown"):
            yield f"{case.called(intent)} is not settled in the end"
    for request in case.requests.values():
        if request.status in ("ready", "attempting"):
            yield f"request {request.id} is still {request.status} in the end"


def _may_wait(case: Case, intent: Intent, now: datetime | None, pending: set[int]) -> bool:
    wish = case.wishes[intent.id]
    if now is None or _instant(case, wish.at) > now or (intent.not_before is not None and intent.not_before > now):
        return True
    earlier = [
        number
        for number, other in case.wishes.items()
        if (other.person, other.visit) == (wish.person, wish.visit) and (other.at, number) < (wish.at, intent.id)
    ]
    return wish.message == "broken" or any(number in pending for number in earlier)


def _instant(case: Case, minute: int) -> datetime:
    begin = case.evidence.marks[0].now - timedelta(minutes=case.script.rounds[0].minute)
    return begin + timedelta(minutes=minute)


def skipped_for_a_reason(case: Case) -> Found:
    """Each reason has its cause in the script."""
    for intent, row in case.intents.items():
        if row.status == "skipped" and not _true(case, intent, row):
            yield f"{case.called(intent)}: nothing in the script is a cause for that"


def _true(case: Case, intent: int, row: Intent) -> bool:
    wish, person, policy = case.wishes[intent], case.people[case.wishes[intent].person], case.script.policy
    harms = {_HARMS[event.harm] for event in case.events if case.harmed(intent, event)}
    reason = row.reason or ""
    match reason:
        case "expired":
            return row.settled_at is not None and row.settled_at >= row.expires_at
        case "left" | "erased" | "no consent" | "not a friend":
            return reason in harms
        case "if":
            return wish.step == "gold" and any(e.harm == "downgrade" and e.person == person.number for e in case.events)
        case "capped":
            return bool({case.topic(intent), "all"} & set(policy.get("caps", {})))
        case "quota":
            return "quota" in policy or case.script.line_quota is not None
        case "quiet hours":
            return wish.step == "soft" and "quiet_hours" in policy
        case "refused by LINE":
            return not person.known or (wish.message == "album" and not person.good_photo)
        case "missing value: name":
            return wish.message == "named" and not person.named
        case "no https link: photo":
            return wish.message == "album" and not person.good_photo
        case _:
            return False


def unknown_for_a_reason(case: Case) -> Found:
    """Unknown is a request that LINE may have accepted, of which the rules forbid another attempt."""
    attempts: dict[int, list[int | None]] = defaultdict(list)
    in_doubt = {attempt.request for attempt in case.evidence.attempts if attempt.outcome == "unclear"}
    for attempt in case.evidence.attempts:
        if attempt.outcome == "refused":
            attempts[attempt.request].append(attempt.status_code)
    someone_died = any(mark.died for mark in case.evidence.marks) or case.evidence.stops > 0 or case.script.lease < 1
    for mark in case.evidence.marks:
        seen = {request.id for earlier in case.evidence.marks if earlier.now < mark.now for request in earlier.unknown}
        for request in mark.unknown:
            if request.id in seen:
                continue
            if request.id not in in_doubt and not someone_died:
                yield f"request {request.id} is unknown, and no attempt of it was ever in doubt"
            elif not _is_given_up(case, request, mark.now, attempts[request.id]):
                yield f"request {request.id} ({request.endpoint}) is unknown, and might have been tried again"
    for intent, row in case.intents.items():
        held = case.requests.get(row.request or 0)
        if row.status == "unknown" and (held is None or held.status != "unknown"):
            yield f"{case.called(intent)}, but its request is {held.status if held else 'none'}"


def _is_given_up(case: Case, request: Request, now: datetime, refusals: list[int | None]) -> bool:
    held = [intent for intent, row in case.intents.items() if row.request == request.id]
    harmed = any(case.harmed(intent, event) for intent in held for event in case.events)
    expired = [case.intents[intent].expires_at <= now for intent in held]
    buried = any(expired) if request.endpoint == "push" else all(expired)  # what is late goes to nobody once more
    return (
        request.endpoint == "reply"
        or (request.age is not None and request.age >= TOO_OLD)
        or (harmed and request.endpoint == "push")
        or buried
        or bool({400, 413} & set(refusals))
    )


def attempts_named_rightly(case: Case) -> Found:
    """2xx and 409 are acceptances, 4xx refusals, 5xx doubt."""
    for attempt in case.evidence.attempts:
        code = attempt.status_code
        if code is None:
            right = attempt.outcome in ("unclear", "refused")  # refused: no connection was made
        elif 200 <= code < 300 or code == 409:
            right = attempt.outcome == "accepted"
        else:
            right = attempt.outcome == ("unclear" if code >= 500 or code == 408 else "refused")
        if not right:
            yield f"an attempt of request {attempt.request} with status {code} is called {attempt.outcome}"


def in_order(case: Case) -> Found:
    """What is accepted of one visit is accepted in the order of its steps' instants."""
    visits: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, wish in sorted(case.wishes.items(), key=lambda item: (item[1].at, item[0])):
        if case.intents[number].status == "accepted" and case.taken[number]:
            visits[wish.person, wish.visit].append(number)
    for visit, numbers in visits.items():
        places = [_place(case, number) for number in numbers]
        if places != sorted(places):
            yield f"visit {visit}: {[case.wishes[n].tag for n in numbers]} were accepted in the order of {places}"


def _place(case: Case, intent: int) -> tuple[int, int]:
    taken = case.taken[intent][0]
    mark = case.wishes[intent].tag if case.wishes[intent].message not in SHARED else case.wishes[intent].message
    texts = [text_of(message) or "" for message in taken.messages]
    within = next((place for place, text in enumerate(texts) if text == mark or text.startswith(f"{mark} ")), 0)
    return taken.number, within
