"""A segment in words: its sizes, why members came and left, a sample with the reason of each; it counts nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, func, select

from journey_engine.explaining.evidence import evidence, reasons
from journey_engine.explaining.told import Told
from journey_engine.language.catalog import Segment
from journey_engine.language.conditions import Not
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project
from journey_engine.language.words import Words
from journey_engine.measures.comings import Cause, Coming, Kind, Turn
from journey_engine.measures.segments import Overlap, Present, Size
from journey_engine.saying.columns import columns
from journey_engine.saying.conditions import said
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import joined
from journey_engine.store.tables.people import alive, members, segment_members

_WHY: dict[Kind, Words] = {
    "event": Words("發生了新的事", "something new happened"),
    "time": Words("時間過去了", "time has passed"),
    "tag": Words("標籤有變動", "tags were given or taken"),
    "refresh": Words("分群或階段更新了", "a segment or stage was refreshed"),
    "journey": Words("旅程有進展", "a journey went on"),
    "cut": Words("名次重排了", "the ranks moved"),
    "first": Words("第一次計算這個分群", "the segment was worked out for the first time"),
    "new": Words("是新會員", "they are new members"),
    "attribute": Words("會員資料有變動", "their attributes were changed"),
    "edited": Words("規則改過了", "the rule was edited"),
    "earlier": Words("依當時舊的規則", "by the rule as it was before an edit"),
    "late": Words("較早的資料晚到了", "data of before arrived later"),
}


@dataclass(frozen=True, slots=True)
class Sampled:
    """A few of the members who are in a segment, by key, with the reason of each."""

    key: str
    since: datetime
    why: Words


def overview(present: Sequence[Present], project: Project, held: Mapping[str, str], told: Told) -> list[str]:
    """A line a segment: name, title, size, as of when, and the reason it is held for."""
    head = ("分群", "名稱", "人數", "截至") if told.language == "zh-TW" else ("segment", "title", "members", "as of")
    titles = {name: segment.title for name, segment in project.segments.items()}
    titles |= {f"{PREFIX}{one.persona}": one.title for one in project.personas.personas} if project.personas else {}
    rows = [(each.segment, titles[each.segment], each.size, told.at(each.as_of)) for each in present]
    lines = columns(head, rows)
    return [*lines, *(told.say(f"被攔下：{name}：{why}", f"HELD {name}: {why}") for name, why in sorted(held.items()))]


def proven(differences: Mapping[str, int], told: Told) -> list[str]:
    """Of each segment that is told from features, whether the events tell the same."""
    if not differences:
        return [
            told.say(
                "沒有分群是由特徵算出的，全部每晚直接查事件。", "No segment is told from features: events are asked."
            )
        ]
    head = ("分群", "不同的人數") if told.language == "zh-TW" else ("segment", "members told otherwise")
    return columns(head, [(name, f"{number:,}") for name, number in differences.items()])


def heading(segment: Segment, present: Present, told: Told) -> list[str]:
    """The segment, its rule and its size."""
    rule = said(segment.is_.condition, told.titles)
    return [
        f"{segment.title} ({segment.segment})",
        told.say(f"  規則：{rule.zh.strip()}", f"  rule: {rule.en}"),
        told.say(
            f"  {present.size:,} 人，截至 {told.at(present.as_of)}",
            f"  {present.size:,} members as of {told.at(present.as_of)}",
        ),
    ]


def over_time(sizes: Sequence[Size], told: Told) -> list[str]:
    """A row a refresh."""
    zh, en = ("截至", "人數", "加入", "離開"), ("as of", "members", "came", "left")
    rows = [(told.at(each.at), each.size, each.joined, each.left) for each in sizes]
    return [f"  {line}" for line in columns(zh if told.language == "zh-TW" else en, rows)]


def why(causes: Sequence[Cause], told: Told) -> list[str]:
    """Who came and who left, each with the causes and how many they moved."""
    lines: list[str] = []
    for came, zh, en in ((True, "加入", "came"), (False, "離開", "left")):
        own = [cause for cause in causes if cause.came is came]
        total = sum(cause.members for cause in own)
        lines.append(told.say(f"{zh} {total:,} 人次", f"{total:,} {en}"))
        lines += [f"  {cause.members:>8,}  {_turns(cause.turns, told)}" for cause in own]
    return lines


def _turns(turns: Sequence[Turn], told: Told) -> str:
    return told.words(joined([_turn(turn, told.titles) for turn in turns], "；", "; "))


def _turn(turn: Turn, titles: Titles) -> Words:
    cause = _WHY[turn.kind]
    if turn.part is None:
        return cause
    part = said(turn.part if turn.holds else Not(turn.part), titles)
    return Words(f"{part.zh.strip()}（{cause.zh}）", f"{part.en} ({cause.en})")


def shared(first: Segment, second: Segment, both: Overlap, told: Told) -> list[str]:
    """How far two segments are the same members."""
    zh, en = ("", "人數", "其中也在另一個"), ("", "members", "of them in the other")
    rows = [
        (f"{first.title} ({first.segment})", both.first, _percent(both.of_first)),
        (f"{second.title} ({second.segment})", both.second, _percent(both.of_second)),
        (told.say("兩個都在", "in both"), both.both, ""),
    ]
    jaccard = _percent(both.jaccard)
    return [
        *columns(zh if told.language == "zh-TW" else en, rows),
        told.say(f"任一個裡的人，有 {jaccard} 兩個都在（Jaccard）", f"in both: {jaccard} of those in either (Jaccard)"),
    ]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def sample(
    connection: Connection, project: Project, segment: Segment, present: Present, most: int, titles: Titles
) -> list[Sampled]:
    """So many of its members, drawn alike at every asking, each with what the rule rests on as of the last refresh."""
    if present.as_of is None:
        return []
    stay = segment_members.c
    here = and_(stay.segment == segment.segment, stay.left_at.is_(None), alive(members))
    drawn = (
        select(members.c.id, members.c.member_key, stay.joined_at)
        .join(segment_members, stay.member_id == members.c.id)
        .where(here)
        .order_by(func.md5(members.c.member_key))
        .limit(most)
    )
    rows = connection.execute(drawn).all()
    parts = evidence(connection, project, segment.is_.condition, [row.id for row in rows], present.as_of)
    zone = ZoneInfo(project.policy.zone)
    return [Sampled(row.member_key, row.joined_at, reasons(parts[row.id], titles, zone)) for row in rows]


def sampled(found: Sequence[Sampled], told: Told) -> list[str]:
    """A member a line: her key, since when she is in it, and why."""
    return [
        told.say(
            f"  {each.key}，從 {told.at(each.since)} 起：{each.why.zh}",
            f"  {each.key}, since {told.at(each.since)}: {each.why.en}",
        )
        for each in found
    ]


def moved(connection: Connection, comings: Sequence[Coming], told: Told) -> list[str]:
    """The members who came or left last, a line each with what turned."""
    keys = select(members.c.id, members.c.member_key).where(members.c.id.in_([each.member_id for each in comings]))
    known = {row.id: row.member_key for row in connection.execute(keys)}
    lines: list[str] = []
    for each in comings:
        at, key, turned = told.at(each.at), known[each.member_id], _turns(each.turns, told)
        did = ("加入", "came") if each.came else ("離開", "left")
        lines.append(told.say(f"  {at} {key} {did[0]}：{turned}", f"  {at} {key} {did[1]}: {turned}"))
    return lines
