"""Who enters a journey, in words: trigger, condition, re-entry and pace; it lets nobody in."""

from __future__ import annotations

from typing import assert_never

from journey_engine.language.graph import all_steps
from journey_engine.language.journey import GoTo, Journey
from journey_engine.language.triggers import Again, Dated, Enter
from journey_engine.language.words import NOTHING, Words
from journey_engine.saying.conditions import event, said
from journey_engine.saying.schedules import cron, shifted
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import clock, joined, length, listed, weekday


def entering(journey: Journey, titles: Titles) -> tuple[Words, ...]:
    """The whole of `enter` as sentences without full stop: the trigger with its condition, re-entry, the rest."""
    enter = journey.enter
    first = trigger(enter, titles)
    if enter.if_ is not None:
        asked = said(enter.if_.condition, titles)
        first = Words(f"{first.zh}，而且當時{asked.zh}", f"{first.en}, if then {asked.en}")
    sentences = [first, again(enter.again), *_besides(enter)]
    if handing := handing_on(journey.journey, titles):
        ones = listed([titles.journey(name) for name in handing], "和", "and")
        sentences.append(
            Words(
                f"從旅程{ones.zh}轉來的人也照同樣的規則進入", f"who is handed on by {ones.en} enters by the same rules"
            )
        )
    return tuple(sentences)


def trigger(enter: Enter, titles: Titles) -> Words:
    """What lets a member in: `加入好友的當下` / `at the moment of a follow`."""
    if enter.on is not None:
        happened = event(enter.on.query, titles)
        return Words(f"{happened.zh}的當下", f"at the moment of {happened.en}")
    if enter.joins is not None:
        title = titles.segment(enter.joins)
        return Words(f"進入分群{title.zh}時", f"on joining the segment {title.en}")
    if enter.stage is not None:
        title = titles.stage(enter.stage)
        return Words(f"進入階段{title.zh}時", f"on reaching the stage {title.en}")
    if enter.after is not None:
        title = titles.journey(enter.after)
        return Words(f"走完旅程{title.zh}時", f"on finishing the journey {title.en}")
    if enter.by is not None:
        return Words("其他系統透過 API 送進來時", "when another system sends them in by the API")
    return _timed(enter, titles)


def _timed(enter: Enter, titles: Titles) -> Words:
    if enter.every is not None:
        when, title = cron(enter.every.cron), titles.segment(enter.every.of)
        return Words(
            f"{when.zh}，當時在分群{title.zh}裡的所有人", f"{when.en}, all who are in the segment {title.en} then"
        )
    if enter.at is not None:
        at, title = enter.at.time, titles.segment(enter.at.to)
        day = weekday(at.weekday())
        return Words(
            f"{at:%Y-%m-%d}（{day.zh}）{at:%H:%M} 一次，當時在分群{title.zh}裡的所有人",
            f"once, on {day.en} {at:%Y-%m-%d} at {at:%H:%M}, all who are in the segment {title.en} then",
        )
    if enter.date is not None:
        return _dated(enter.date, titles)
    return NOTHING  # `check` refuses a journey that nobody can enter


def _dated(dated: Dated, titles: Titles) -> Words:
    day = shifted(titles.attribute(dated.of), dated.offset)
    yearly = Words("每年", "every year ") if dated.every else NOTHING
    late = (
        Words("；太晚才知道日期的立刻進入", "; at once if the date becomes known too late")
        if dated.late == "now"
        else Words("；太晚才知道日期的不補", "; not at all if the date becomes known too late")
    )
    return Words(
        f"{yearly.zh}{day.zh}的 {clock(dated.at)}（會員當地時間）{late.zh}",
        f"{yearly.en}{day.en} at {clock(dated.at)} (their own time){late.en}",
    )


def again(rule: Again) -> Words:
    """The rule of re-entry: `每人只進入一次` / `everyone enters only once`."""
    if rule.per is not None:
        key = rule.per
        each = Words(f"每個 {key} 各走各的", f"each {key} has a journey of its own")
        if rule.kind == "never":
            return Words(f"{each.zh}，同一個 {key} 只進入一次", f"{each.en}, once for the same {key}")
        return joined([each, _rule(rule, f"同一個 {key} ", f", the same {key}")])
    return _rule(rule, "", "")


def _rule(rule: Again, zh: str, en: str) -> Words:
    match rule.kind:
        case "never":
            return Words("每人只進入一次", "everyone enters only once")
        case "after exit":
            return Words(f"{zh}離開後可以再次進入", f"again once they are out{en}")
        case "after":
            assert rule.length is not None
            since = length(rule.length)
            return Words(f"{zh}距離上次進入滿 {since.zh}才能再次進入", f"again {since.en} after the last entry{en}")
        case "once a year":
            return Words(f"{zh}每個日曆年最多進入一次", f"at most once a calendar year{en}")
        case _:
            assert_never(rule.kind)


def _besides(enter: Enter) -> list[Words]:
    found: list[Words] = []
    if enter.existing == "include":
        found.append(Words("上線時已經在裡面的人也會進入", "who is there already when it goes live enters too"))
    if enter.pace is not None:
        zh, en = {"day": ("每天", "隔天"), "hour": ("每小時", "下一個小時")}[enter.pace.per]
        found.append(
            Words(
                f"{zh}最多放 {enter.pace.count:,} 人進入，其餘排到{en}",
                f"at most {enter.pace.count:,} enter a {enter.pace.per}, the others wait for the next one",
            )
        )
    if enter.restart is not None:
        found.append(
            Words(
                "在第一步等候時又發生一次，就重新等起",
                "if it happens again during the first wait, that wait begins anew",
            )
        )
    return found


def handing_on(journey: str, titles: Titles) -> tuple[str, ...]:
    """The journeys that hand members on to this one by `go_to`, sorted."""
    return tuple(
        sorted(
            name
            for name, other in titles.project.journeys.items()
            if any(isinstance(step, GoTo) and step.go_to == journey for _, step in all_steps(other))
        )
    )
