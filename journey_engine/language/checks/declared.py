"""Whether schema, stages, segments and policy declare things that can be: names, zones, caps, hours, testers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from journey_engine.language.catalog import BUILT_IN_EVENTS, Allowance, Cap, Policy, Schema, Segment, Stages
from journey_engine.language.checks.calls import endpoint_problems
from journey_engine.language.checks.conditions import condition_problems
from journey_engine.language.checks.hours import calendar_problems
from journey_engine.language.checks.links import tracking_problems
from journey_engine.language.checks.measuring import measuring_problems
from journey_engine.language.checks.merging import merging_problems
from journey_engine.language.checks.messages import taps_of
from journey_engine.language.checks.names import RESERVED, Sentence, Spot, names_of, unknown
from journey_engine.language.checks.receiving import profile_problems, receiving_problems
from journey_engine.language.conditions import Condition, InSegment, leaves
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.places import Page, Problem
from journey_engine.language.words import NOTHING, Words, near


def declared_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the files that say what exists."""
    names, taps = names_of(found), taps_of(found)
    problems: list[Problem] = []
    if found.schema is not None:
        problems += _schema(found.schema)
    if found.stages is not None:
        problems += _stages(found.stages, Spot(found.stages.page, (), names, taps, has_entry=False))
    if found.policy is not None:
        problems += [*_policy(found.policy), *tracking_problems(found, found.policy)]
        problems += [*calendar_problems(found.policy), *profile_problems(found.policy, names)]
        problems += measuring_problems(found, Spot(found.policy.page, (), names, taps, has_entry=False))
        problems += merging_problems(found, found.policy)
    for kept in found.segments.values():
        segment: Segment = kept.value
        spot = Spot(kept.page, ("is",), names, taps, has_entry=False)
        problems += condition_problems(segment.is_.condition, spot)
    return [*problems, *_segment_circles(found)]


@cache
def _packed_zones() -> frozenset[str]:
    """Those of the package tzdata, a part of all the zones there are; none if it is not installed."""
    try:
        return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split())
    except (ImportError, FileNotFoundError):
        return frozenset()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # looks through the file system, some 30 ms


def unknown_zone(zone: str) -> Sentence | None:
    """The sentence about a time zone that does not exist, None for one that does."""
    if zone in _packed_zones() or zone in (known := _zones()):
        return None
    likely = near(zone.rpartition("/")[2], {name.rpartition("/")[2].lower(): "" for name in known}, most=1)
    found = sorted(name for name in known if likely and name.rpartition("/")[2].lower() == likely[0] and "/" in name)
    what = Words(f"沒有「{zone}」這個時區。", f"There is no time zone “{zone}”.")
    example = found[0] if found else "Asia/Taipei"
    return what, Words(f"例如寫 {example}。", f"Write for example {example}.")


def zone_problems(page: Page, path: tuple[str | int, ...], zone: str) -> Iterator[Problem]:
    """A problem if `zone` at `path` is no time zone."""
    if sentence := unknown_zone(zone):
        yield page.problem(path, *sentence)


# ---- schema and stages --------------------------------------------------------------------------------------------
def _schema(kept: Kept) -> Iterator[Problem]:
    schema: Schema = kept.value
    for block, words in (("attributes", schema.attributes), ("events", schema.events)):
        for word in words:
            if word in RESERVED and word != "message":
                what = Words(
                    f"「{word}」是條件裡的關鍵字，不能當名稱。", f"“{word}” means something else in conditions."
                )
                yield kept.page.problem((block, word), what, Words("請換一個名稱。", "Choose another name."), key=True)
            elif word in BUILT_IN_EVENTS:
                what = Words(f"「{word}」是內建事件，不能再宣告。", f"“{word}” is a built-in event.")
                yield kept.page.problem((block, word), what, Words("請換一個名稱。", "Choose another name."), key=True)
    for word in schema.events:
        if word in schema.attributes:
            what = Words(f"「{word}」已經是屬性的名稱。", f"“{word}” is already the name of an attribute.")
            yield kept.page.problem(("events", word), what, Words("請換一個名稱。", "Choose another name."), key=True)
    for word, kind in schema.events.items():
        if "value" in kind.properties:
            what = Words("value 是事件金額的名稱，不能當屬性。", "“value” is the amount of the event, not a property.")
            cure = Words("請寫在 properties 外面，例如 value: money。", "Write it beside properties: value: money.")
            yield kept.page.problem(("events", word, "properties", "value"), what, cure, key=True)
    yield from _measured(kept)


def _measured(kept: Kept) -> Iterator[Problem]:
    """Fading tags, and what scores are made of."""
    schema: Schema = kept.value
    for word, tag in schema.tags.items():
        if tag.half_life.is_exact or tag.half_life.unit == "month":
            what = Words("half_life 要寫天或週。", "A half-life is in days or weeks.")
            yield kept.page.problem(("tags", word, "half_life"), what, Words("例如 30 days。", "For example 30 days."))
    if schema.rfm is None:
        return
    kind = schema.events.get(schema.rfm.event)
    if kind is None:
        yield kept.page.problem(("rfm", "event"), *unknown("event", schema.rfm.event, schema.events))
    elif kind.value is None:
        what = Words(
            f"事件「{schema.rfm.event}」沒有金額，算不出 monetary。",
            f"Event “{schema.rfm.event}” has no value to score.",
        )
        cure = Words("請為它加上 value: money。", "Give it value: money.")
        yield kept.page.problem(("rfm", "event"), what, cure)


def _stages(kept: Kept, spot: Spot) -> Iterator[Problem]:
    stages: Stages = kept.value
    page, last = kept.page, len(stages.stages) - 1
    seen: set[str] = set()
    for number, stage in enumerate(stages.stages):
        here = ("stages", number)
        if stage.stage in seen:
            what = Words(f"階段「{stage.stage}」寫了兩次。", f"Stage “{stage.stage}” stands twice.")
            yield page.problem((*here, "stage"), what)
        seen.add(stage.stage)
        if stage.if_ is not None:
            yield from condition_problems(stage.if_.condition, spot.below(*here, "if"))
        if (stage.if_ is None) == (stage.otherwise is None) and not page.has_lost(here, "if", "otherwise"):
            yield page.problem(here, *_IF_OR_OTHERWISE)
        elif stage.otherwise and number != last:
            yield page.problem((*here, "otherwise"), *_NOT_LAST, key=True)
    lost = page.has_lost(("stages",)) or page.has_lost((), "stages")
    if not any(stage.otherwise for stage in stages.stages) and not lost:
        yield page.problem(("stages",), *_NO_OTHERWISE, key=True)


_IF_OR_OTHERWISE = (
    Words("每個階段要剛好有 if 或 otherwise 其中一個。", "A stage has exactly one of if and otherwise."),
    NOTHING,
)
_NOT_LAST = (
    Words("otherwise 後面的階段永遠輪不到。", "Stages after otherwise are never reached."),
    Words("請把它移到最後。", "Move it to the end."),
)
_NO_OTHERWISE = (
    Words("最後少了 otherwise：都不符合的會員沒有階段。", "The last stage must be otherwise."),
    Words("例如 - {stage: acquire, otherwise: true}。", "Write for example - {stage: acquire, otherwise: true}."),
)


# ---- segments that rest on each other -----------------------------------------------------------------------------
def _segment_circles(found: Gathered) -> Iterator[Problem]:
    rests = {name: _segments_in(kept.value.is_.condition) for name, kept in found.segments.items()}
    for name, kept in found.segments.items():
        seen, following = set[str](), list(rests[name])
        while following:
            other = following.pop()
            if other == name:
                what = Words("這個分群繞一圈又用到自己。", "This segment rests on itself in the end.")
                yield kept.page.problem(("is",), what)
                break
            if other not in seen:
                seen.add(other)
                following.extend(rests.get(other, ()))


def _segments_in(condition: Condition) -> list[str]:
    return [leaf.segment for leaf in leaves(condition) if isinstance(leaf, InSegment)]


# ---- policy -------------------------------------------------------------------------------------------------------
def _policy(kept: Kept) -> Iterator[Problem]:
    policy: Policy = kept.value
    page = kept.page
    yield from zone_problems(page, ("zone",), policy.zone)
    hours = policy.quiet_hours
    if hours is not None and hours.start == hours.end:
        what = Words("靜音時段的開始和結束一樣，等於整天不能傳。", "Such quiet hours last all day.")
        yield page.problem(("quiet_hours",), what, Words('例如 "21:00-09:00"。', 'Write for example "21:00-09:00".'))
    office = policy.office_hours
    if office is not None and office.start == office.end:
        what = Words("上班時間的開始和結束一樣。", "Such office hours have no end.")
        yield page.problem(("office_hours",), what, Words('例如 "09:00-18:00"。', 'Write for example "09:00-18:00".'))
    if policy.global_holdout >= 1:
        what = Words("global_holdout 是 100%，沒有人會收到訊息。", "With 100% held out nobody gets a message.")
        yield page.problem(("global_holdout",), what)
    if policy.quota is not None:
        yield from _quota(page, policy.quota)
    for name, user in policy.testers.items():
        if re.fullmatch(r"U[0-9a-f]{32}", user) is None:
            what = Words(f"「{user}」不是 LINE 的使用者 ID。", f"“{user}” is no LINE user id.")
            cure = Words("它是 U 加 32 個 0-9a-f。", "It is U and 32 characters 0-9a-f.")
            yield page.problem(("testers", name), what, cure)
    for topic, caps in policy.caps.items():
        yield from _caps(page, topic, caps)
    yield from _uncapped(page, policy)
    yield from endpoint_problems(kept)
    yield from receiving_problems(kept)


def _quota(page: Page, quota: Allowance) -> Iterator[Problem]:
    if quota.limit is not None and quota.limit < 0:
        yield page.problem(("quota",), Words("額度不能是負數。", "The quota cannot be below 0."))
    if sum(quota.reserve.values()) > 1:
        what = Words("保留的比例加起來超過 100%。", "The reserved shares are more than 100% together.")
        cure = Words("例如 {transactional: 10%, service: 5%}。", "For example {transactional: 10%, service: 5%}.")
        yield page.problem(("quota", "reserve"), what, cure)


def _uncapped(page: Page, policy: Policy) -> Iterator[Problem]:
    """What is to become of capped messages of a topic that nothing caps; `all` holds back no transactional ones."""
    for topic in policy.when_capped:
        if topic not in policy.caps and (topic == "transactional" or "all" not in policy.caps):
            what = Words(f"caps 沒有限制「{topic}」，這一行用不到。", f"Nothing in caps limits “{topic}”.")
            cure = Words(f"例如加上 caps: {{{topic}: 2 per day}}。", f"Add for example caps: {{{topic}: 2 per day}}.")
            yield page.problem(("when_capped", topic), what, cure, key=True)


def _caps(page: Page, topic: str, caps: tuple[Cap, ...]) -> Iterator[Problem]:
    for cap in caps:
        for other in caps:
            if cap.per.longest > other.per.longest and cap.count < other.count:
                what = Words(
                    f"{other.count} per {other.per} 永遠用不到，因為 {cap.per} 內最多 {cap.count} 則。",
                    f"{other.count} per {other.per} is never reached: {cap.count} per {cap.per} is stricter.",
                )
                yield page.problem(("caps", topic), what, Words("請刪掉一個或調整數字。", "Delete one or change it."))
