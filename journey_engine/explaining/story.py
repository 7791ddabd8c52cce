"""The whole explanation of a member: journey by journey what let her in or kept her out, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row

from journey_engine.explaining.contact import contact
from journey_engine.explaining.members import Member
from journey_engine.explaining.telling import Teller, beside, reason
from journey_engine.explaining.visits import Line, visit
from journey_engine.explaining.waiting import lacking
from journey_engine.language.conditions import Condition
from journey_engine.language.words import NOTHING, Language, Words
from journey_engine.saying.reasons import refused
from journey_engine.saying.triggers import again, trigger
from journey_engine.saying.values import joined, spaced

_COLUMN = 24  # half-width letters of a moment


def explanation(member: Member, teller: Teller, journey: str | None, language: Language) -> str:
    """All sentences, a line each, under a heading for each journey; times are the member's own."""
    lines = [_head(member, teller).said(language)]
    lines += [_shown(_merged(row), teller, language) for row in teller.record.merges]
    told = [journey] if journey else _journeys(teller)
    for name in told:
        title = teller.titles.journey(name)
        lines += ["", Words(f"旅程{title.zh}（{name}）", f"Journey {title.en}").said(language)]
        lines += [_shown(line, teller, language) for line in _of_journey(name, teller)]
    passed = contact(teller)
    if passed:
        lines += ["", Words("與帳號的往來", "Between the member and the account").said(language)]
        lines += [_shown(line, teller, language) for line in passed]
    if journey is None:
        others = sorted(set(teller.titles.project.journeys) - set(told))
        if others:
            names = ", ".join(others)
            lines += ["", Words(f"沒有任何紀錄的旅程：{names}", f"Nothing written down for: {names}").said(language)]
    return "\n".join(lines)


def _head(member: Member, teller: Teller) -> Words:
    name, now = f"{member.name} " if member.name else "", teller.moment(teller.record.now)
    who = Words(f"會員 {name}{member.key}", f"Member {name}{member.key}")
    parts = [who, Words(f"當地時間 {now.zh}（{teller.zone.key}）", f"local time {now.en} ({teller.zone.key})")]
    if not teller.record.is_friend:
        parts.append(Words("現在不是好友，收不到訊息", "not a friend now, so nothing can be sent"))
    if member.erased_at is not None:
        parts.append(Words("資料已刪除", "the data were erased"))
    return joined(parts)


def _merged(row: Row[Any]) -> Line:
    """Another profile that turned out to be hers: by what, and what that ended."""
    ended = int(row.counts.get("visits ended", 0))
    told = Words(
        f"合併另一筆會員資料 {row.key}（{row.by}：{row.reason}）",
        f"the profile {row.key} was merged into this one ({row.by}: {row.reason})",
    )
    if not ended:
        return Line(row.at, told)
    return Line(
        row.at,
        Words(f"{told.zh}，那邊的 {ended} 趟旅程由這邊繼續", f"{told.en}; {ended} of its visits ended for one of hers"),
    )


def _journeys(teller: Teller) -> list[str]:
    record = teller.record
    return sorted({row.journey for rows in (record.enrolments, record.refusals, record.entrances) for row in rows})


def _of_journey(name: str, teller: Teller) -> list[Line]:
    """In the order of time; what is so now comes last."""
    record = teller.record
    lines = [line for row in record.enrolments if row.journey == name for line in visit(row, teller)]
    lines += [_kept_out(row, teller) for row in record.refusals if row.journey == name]
    lines += [_undecided(row, teller) for row in record.entrances if row.journey == name]
    if not lines:
        return [*_nothing(name, teller)]
    return sorted(lines, key=lambda line: (line.at is None, line.at or record.now))


def _kept_out(row: Row[Any], teller: Teller) -> Line:
    """A trigger that did not let her in: what it was, why, and what that rested on."""
    journey = teller.journey(row.journey, teller.record.version_at(row.journey, row.at))
    what, why = teller.let_in(row, journey), refused(row.reason)
    return Line(
        row.at,
        beside(
            Words(f"沒有進入：{what.zh}，但{why.zh}", f"not let in: {what.en}, but {why.en}"), _rested_on(row, teller)
        ),
    )


def _rested_on(row: Row[Any], teller: Teller) -> Words:
    journey = teller.journey(row.journey, teller.record.version_at(row.journey, row.at))
    why = reason(row.why)
    if row.reason == "if" and journey and journey.enter.if_:
        return teller.answers(why, {"": journey.enter.if_.condition})
    if why.get("event") is not None and why["event"] in teller.record.events:
        at = teller.moment(teller.record.events[why["event"]].at)
        return Words(f"{at.zh}", at.en)
    earlier = [one for one in teller.record.enrolments if one.id == why.get("enrolment")]
    rule = again(journey.enter.again) if journey and row.reason == "again" else NOTHING
    seen = [
        Words(
            f"第 {one.visit} 次在 {teller.moment(one.entered_at).zh} 進入",
            f"visit {one.visit} began {teller.moment(one.entered_at).en}",
        )
        for one in earlier
    ]
    return joined([rule, *seen], "；", "; ")


def _undecided(row: Row[Any], teller: Teller) -> Line:
    """A trigger that is not judged yet: it lacks data, or it waits for its turn."""
    versions = teller.record.versions.get(row.journey) or [None]
    journey = teller.journey(row.journey, versions[-1])
    what = teller.let_in(row, journey)
    rule: Condition | None = journey.enter.if_.condition if journey and journey.enter.if_ else None
    if row.at > teller.record.now:
        turn = teller.moment(row.at)
        return Line(None, Words(f"排隊中：{what.zh}，輪到 {turn.zh}", f"queueing: {what.en}, has its turn {turn.en}"))
    missing = lacking(teller.titles.project.event_names(rule) if rule else (), row.at, teller)
    waits = joined(missing) if missing else Words("下一次執行就會決定", "the next pass decides")
    return Line(row.at, Words(f"還沒決定能不能進入：{what.zh}，{waits.zh}", f"not decided yet: {what.en}, {waits.en}"))


def _nothing(name: str, teller: Teller) -> Iterator[Line]:
    record = teller.record
    journey = teller.journey(name, (record.versions.get(name) or [None])[-1])
    since = record.live_since.get(name)
    if journey is None or since is None:
        yield Line(None, Words("這個旅程還沒有上線過", "this journey has never been live"))
        return
    what, at = trigger(journey.enter, teller.titles), teller.moment(since)
    yield Line(
        None,
        Words(
            f"從 {at.zh} 上線以來，沒有發生過能讓這位會員進入的事：{what.zh}",
            f"since it went live, {at.en}, nothing has happened that could let this member in: {what.en}",
        ),
    )
    if journey.status != "live":
        yield Line(
            None, Words(f"現在的狀態是 {journey.status}，不放人進入", f"it is {journey.status} now and lets nobody in")
        )


def _shown(line: Line, teller: Teller, language: Language) -> str:
    when = Words("現在", "now") if line.at is None else teller.moment(line.at)
    said, text = when.said(language), spaced(line.text).said(language)
    wide = sum(1 for letter in said if ord(letter) > 0x2E80)
    return f"  {said}{' ' * max(_COLUMN - len(said) - wide, 1)} {text}"
