"""One member at a glance in words, a heading for each kind of thing known of her; it reads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from journey_engine.explaining.evidence import reasons
from journey_engine.explaining.glance import Carried, Glance
from journey_engine.explaining.telling import Teller
from journey_engine.explaining.told import Told
from journey_engine.explaining.waiting import stands
from journey_engine.language.score import Gives, ScoreKind
from journey_engine.language.words import Words
from journey_engine.saying.conditions import event
from journey_engine.saying.reasons import unsent
from journey_engine.saying.values import joined


def glance_lines(her: Glance, told: Told) -> list[str]:
    """Everything, times being those of her own zone (`told.zone`)."""
    lines = list(_head(her, told))
    for zh, en, found in (
        ("識別", "Known by", [f"{kind}: {value}" for kind, value in her.known_by]),
        ("屬性", "Attributes", list(_attributes(her, told))),
        ("階段", "Stage", list(_stage(her, told))),
        ("人物誌", "Personas", list(_carried(her.personas, told, is_persona=True))),
        ("分群", "Segments", list(_carried(her.segments, told, is_persona=False))),
        ("分數", "Scores", list(_scores(her, told))),
        ("標籤", "Tags", list(_tags(her, told))),
        ("正在旅程裡", "Inside journeys", list(_inside(her, told))),
        ("最近的事", "What happened last", list(_touches(her, told))),
    ):
        if found:
            lines += ["", told.say(zh, en), *(f"  {line}" for line in found)]
    return lines


def _head(her: Glance, told: Told) -> Iterator[str]:
    name = f"{her.member.name} " if her.member.name else ""
    now = told.at(her.record.now)
    yield told.say(f"會員 {name}{her.member.key}，當地 {now}", f"Member {name}{her.member.key}, local time {now}")
    if her.member.erased_at is not None:
        yield told.say("資料已刪除", "the data were erased")
    elif not her.record.is_friend:
        yield told.say("現在不是好友，收不到訊息", "not a friend now, so nothing can be sent")
    if her.withheld:
        topics = ", ".join(her.withheld)
        yield told.say(f"不願收到：{topics}", f"does not want: {topics}")


def _attributes(her: Glance, told: Told) -> Iterator[str]:
    declared = told.titles.project.schema_.attributes
    for name in [*declared, *sorted(set(her.attributes) - set(declared))]:
        if her.attributes.get(name) not in (None, ""):
            kind = declared.get(name)
            title = kind.title if kind and kind.title else name
            yield f"{title}: {her.attributes[name]}"


def _stage(her: Glance, told: Told) -> Iterator[str]:
    for number, row in enumerate(her.stages):
        stage, since = told.titles.stage(row.stage), told.at(row.since)
        if number == 0:
            yield told.say(f"{stage.zh}，從 {since} 起", f"{stage.en}, since {since}")
        else:
            yield told.say(f"之前是{stage.zh}，從 {since} 起", f"before that {stage.en}, since {since}")


def _carried(found: Sequence[Carried], told: Told, is_persona: bool) -> Iterator[str]:
    for one in found:
        title = told.titles.persona(one.name) if is_persona else told.titles.segment(one.name)
        why, since = reasons(one.parts, told.titles, told.zone), told.at(one.since)
        yield told.say(f"{title.zh}，從 {since} 起：{why.zh}", f"{title.en}, since {since}: {why.en}")


def _scores(her: Glance, told: Told) -> Iterator[str]:
    for name, value in her.scores.items():
        kind, title = told.titles.project.schema_.scores[name], told.titles.score(name)
        rules = joined([_rule(rule, told) for rule in kind.gives], "；", "; ")
        bounds = _bounds(kind)
        yield told.say(
            f"{title.zh} {_plain(value)}（{rules.zh}{bounds.zh}）",
            f"{title.en} {_plain(value)} ({rules.en}{bounds.en})",
        )


def _rule(rule: Gives, told: Told) -> Words:
    what, points = event(rule.on.query, told.titles), f"{rule.points:+f}"
    most = Words("", "") if rule.at_most is None else Words(f"，最多 {rule.at_most}", f", at most {rule.at_most}")
    return Words(f"{what.zh} {points}{most.zh}", f"{what.en} {points}{most.en}")


def _bounds(kind: ScoreKind) -> Words:
    half, cap = kind.half_life, kind.cap
    fades = (
        Words("", "")
        if half is None
        else Words(f"；每 {half.amount} {_UNITS[half.unit]}減半", f"; halved every {half}")
    )
    ends = Words("", "") if cap is None else Words(f"；上限 {cap}", f"; at most {cap}")
    return Words(fades.zh + ends.zh, fades.en + ends.en)


_UNITS = {"day": "天", "week": "週"}


def _tags(her: Glance, told: Told) -> Iterator[str]:
    for one in her.tags:
        title, since = told.titles.tag(one.tag), told.at(one.since)
        until = (
            Words("", "") if one.until is None else Words(f"，到 {told.at(one.until)}", f" till {told.at(one.until)}")
        )
        yield told.say(
            f"{title.zh.strip()}：強度 {_plain(one.strength)}，從 {since} 起{until.zh}",
            f"{title.en}: strength {_plain(one.strength)}, since {since}{until.en}",
        )


def _inside(her: Glance, told: Told) -> Iterator[str]:
    teller = Teller(her.record, told.titles, told.zone)
    for row in her.record.waiting:
        versions = her.record.versions.get(row.journey)
        title = told.titles.journey(row.journey)
        where = stands(row, teller.journey(row.journey, versions[-1] if versions else None), teller)
        yield told.say(f"{title.zh}：{where.zh}", f"{title.en}: {where.en}")


def _touches(her: Glance, told: Told) -> Iterator[str]:
    for row in her.touches:
        what = told.titles.event(row.name, row.of)
        amount = "" if row.value is None else f" {_plain(row.value)}"
        why = Words("", "") if row.why is None else unsent(row.why)
        because = why.zh and told.say(f"：{why.zh}", f": {why.en}")
        times = "" if row.times == 1 else told.say(f" {row.times} 次", f" {row.times} ×")
        yield f"{told.at(row.at)}  {told.words(what)}{because}{times}{amount}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():,f}"
