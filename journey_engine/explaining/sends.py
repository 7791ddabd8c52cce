"""What became of one message that a step wanted sent, from its intent, request and attempts; it sends nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from journey_engine.explaining.telling import Teller, beside
from journey_engine.language.words import NOTHING, Words
from journey_engine.saying.reasons import unsent
from journey_engine.saying.values import joined


def fate(intent: Row[Any], teller: Teller) -> Words:
    """`LINE 已收下，2026-03-02（週一）10:00` or why not, or what it waits for."""
    match intent.status:
        case "accepted":
            at = teller.moment(intent.settled_at)
            return Words(f"{at.zh} LINE 收下", f"accepted by LINE, {at.en}")
        case "skipped":
            why = unsent(intent.reason or "")
            return Words(f"沒有送出：{why.zh}", f"not sent: {why.en}")
        case "unknown":
            return Words(
                "送出了，但不知道 LINE 有沒有收下；不會再送，以免重複", "sent, and nobody knows whether LINE took it"
            )
        case "frozen":
            return _under_way(intent, teller)
        case _:
            return _pending(intent, teller)


def _under_way(intent: Row[Any], teller: Teller) -> Words:
    request = teller.record.requests.get(intent.request_id or 0)
    tried = [row for row in teller.record.attempts if row.request_id == intent.request_id]
    if request is None or not tried:
        return Words("已備妥，等著送出", "made ready, about to be sent")
    last = tried[-1]
    said = " ".join(str(part) for part in (last.status_code, last.detail) if part)
    return Words(
        f"送出中，試過 {len(tried)} 次，最後一次：{said or last.outcome}",
        f"being sent, tried {len(tried)} times, the last time: {said or last.outcome}",
    )


def _pending(intent: Row[Any], teller: Teller) -> Words:
    """Not decided yet: put off, held, or simply not its turn."""
    now = teller.record.now
    begins = intent.not_before or intent.at
    expires = teller.moment(intent.expires_at)
    waits = Words("還沒送出", "not sent yet")
    if begins > now:
        at, why = teller.moment(begins), unsent(intent.reason) if intent.reason else NOTHING
        waits = beside(Words(f"還沒送出，等到 {at.zh}", f"not sent yet, put off till {at.en}"), why)
    if intent.expires_at <= now:
        return Words(f"沒有送出，{expires.zh} 過了期限", f"not sent, it expired {expires.en}")
    until = Words(f"過了 {expires.zh} 就作罷", f"dropped after {expires.en}")
    return joined([waits, *stopped(intent, teller), until])


def stopped(intent: Row[Any], teller: Teller) -> list[Words]:
    """The open holds in an intent's way: of its journey, its message, or the channel."""
    mine = {("journey", intent.journey), ("message", intent.message)}
    kinds = {
        "journey": Words("這個旅程", "this journey"),
        "message": Words("這則訊息", "this message"),
        "channel": Words("LINE 頻道", "the LINE channel"),
    }
    return [
        Words(
            f"{kinds[hold.scope].zh}被攔下：{hold.reason}（journeys release {hold.id}）",
            f"{kinds[hold.scope].en} is held: {hold.reason} (journeys release {hold.id})",
        )
        for hold in teller.record.holds
        if hold.scope == "channel" or (hold.scope, hold.name) in mine
    ]


def called(call: Row[Any]) -> Words:
    """What became of a call of another system: how often it was tried, what was answered or why it failed."""
    code = "" if call.status_code is None else f" {call.status_code}"
    match call.status:
        case "answered":
            return Words(f"回應{code}", f"answered{code}")
        case "failed" | "dropped":
            why = call.reason or f"{call.status}{code}"
            return Words(f"試過 {call.attempts} 次：{why}", f"tried {call.attempts} times: {why}")
        case _:
            last = f"：{call.reason}" if call.reason else ""
            return Words(f"還沒有回應，試過 {call.attempts} 次{last}", f"no answer yet, tried {call.attempts} times")
