"""A plan in words, for the command line, run reports and the log of applications; it decides and reads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never
from unicodedata import east_asian_width

from journey_engine.language.words import Language, Words
from journey_engine.planning.changes import Change, Cost, Messages, Plan, Reach, StepChange

_ONE_BY_ONE = 4
_REASONS = {
    "inside": Words("已在旅程中", "already inside"),
    "again": Words("不得再次進入", "may not enter again"),
    "blocked": Words("已封鎖", "blocked us"),
    "if": Words("不符合 if", "if is false"),
    "held out": Words("對照組", "held out"),
    "not a friend": Words("不是好友", "not a friend"),
    "no consent": Words("未同意", "no consent"),
}


def told(plan: Plan) -> tuple[str, ...]:
    """The whole plan, a line each, in its language."""
    said = [Words(f"LINE：{plan.line}", f"LINE: {plan.line}")]
    if plan.back_to is not None:
        said.append(Words(f"還原到第 {plan.back_to} 次套用", f"Back to application {plan.back_to}"))
    lines = [words.said(plan.language) for words in said]
    reaches = {each.journey: each for each in plan.reaches}
    many = _many(plan.changes)
    for kind, names in many.items():
        lines.append(_many_line(kind, names, plan.language))
    for change in plan.changes:
        if change.kind in many and change.sign == "+":
            continue
        lines.append(_headline(change, plan.language))
        lines += [f"     ~ {_wide(words.said(plan.language), 0)}" for words in change.fields]
        lines += [_step_line(step, plan.language) for step in change.steps]
        if change.kind == "journey" and change.name in reaches:
            lines += _expected(plan, reaches.pop(change.name))
    for name, reach in reaches.items():
        lines += [f"   journey {name}", *_expected(plan, reach)]
    lines += [words.said(plan.language) for words in _cost(plan.cost)]
    lines += [f"!  {words.said(plan.language)}" for words in plan.warnings]
    gap = "" if plan.language == "zh-TW" else " "
    for question in plan.questions:
        lines.append(f"?  {question.sentence.said(plan.language)}{gap}{question.answer.said(plan.language)}")
    return (*lines, _summary(plan).said(plan.language))


def _expected(plan: Plan, reach: Reach) -> list[str]:
    """Whom a journey reaches and what it sends them."""
    sent = next(each for each in plan.messages if each.journey == reach.journey)
    return [f"     {words.said(plan.language)}" for words in (*_reach(reach), *_messages(sent))]


def _summary(plan: Plan) -> Words:
    if not plan.changes:
        return Words("沒有變更。", "Nothing to change.")
    if plan.questions:
        asked = len(plan.questions)
        noun = "question" if asked == 1 else "questions"
        return Words(f"有 {asked} 個問題待回答，尚未套用。", f"{asked} {noun} to answer. Nothing applied.")
    return Words(f"{len(plan.changes)} 項變更。", f"{len(plan.changes)} to apply.")


def _wide(text: str, columns: int) -> str:
    """The text filled up to so many columns of a terminal, where a Chinese letter takes two."""
    taken = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    return text + " " * max(0, columns - taken)


def _many(changes: Iterable[Change]) -> dict[str, list[str]]:
    """New definitions that take one line together, where there are more of a kind than people read one by one."""
    new: dict[str, list[str]] = {}
    for change in changes:
        if change.sign == "+" and change.kind in ("message", "flex", "segment", "feed", "coupon"):
            new.setdefault(change.kind, []).append(change.name)
    return {kind: names for kind, names in new.items() if len(names) > _ONE_BY_ONE}


def _many_line(kind: str, names: list[str], language: Language) -> str:
    said = Words(f"新增 {len(names)}", f"{len(names)} new").said(language)
    shown = ", ".join(names[:_ONE_BY_ONE])
    return f"+  {_wide(kind, 28)} {_wide(said, 12)} {shown}, …"


def _headline(change: Change, language: Language) -> str:
    version = (
        Words(f"新增 v{change.to_version}", f"new v{change.to_version}")
        if change.from_version is None
        else Words(f"移除 v{change.from_version}", f"removed v{change.from_version}")
        if change.to_version is None
        else Words(*[f"v{change.from_version} → v{change.to_version}"] * 2)
    )
    name = change.name if change.kind == change.name else f"{change.kind} {change.name}"
    return f"{change.sign}  {_wide(name, 28)} {_wide(version.said(language), 12)} {change.status}".rstrip()


# ---- steps --------------------------------------------------------------------------------------------------------
def _step_line(step: StepChange, language: Language) -> str:
    what = _wide(step.what.said(language), 28)
    return f"     {step.sign} {_wide(step.step, 16)} {what}  ({_waiting(step).said(language)})"


def _waiting(step: StepChange) -> Words:
    count = f"{step.waiting:,}"
    if not step.waiting:
        return Words("目前無人", "nobody yet") if step.sign == "+" else Words("無人等候", "nobody waits here")
    match step.fate:
        case "kept" if step.timed:
            return Words(
                f"{count} 人等候，依原定時間；要重算請寫 reschedule: [{step.step}]",
                f"{count} waiting keep the hour they were promised; or: reschedule: [{step.step}]",
            )
        case "kept":
            return Words(f"{count} 人等候，依原定時間", f"{count} waiting keep the hour they were promised")
        case "rescheduled":
            return Words(f"{count} 人等候，從到達時重算", f"{count} waiting are reckoned anew from their arrival")
        case "moved" if step.anew:
            return Words(f"{count} 人改往 {step.to}，時間重算", f"{count} go on at {step.to}, their time reckoned anew")
        case "moved":
            return Words(f"{count} 人依原定時間改往 {step.to}", f"{count} go on at {step.to}, at the hour promised")
        case "removed" | "reformed":
            return Words(
                f"{count} 人在此 → 寫明去處：moved: {{{step.step}: …}}",
                f"{count} are here → say where: moved: {{{step.step}: …}}",
            )
        case "behind":
            return Words(f"{count} 人在此，會重走走過的步驟", f"{count} are here and would take steps again")
        case _:
            assert_never(step.fate)


# ---- reach, messages, cost ----------------------------------------------------------------------------------------
def _reach(reach: Reach) -> Iterator[Words]:
    found = f"{reach.found:,}"
    match reach.when:
        case "unknown":
            yield Words("觸及：無法預估", "reach: cannot be told beforehand")
            return
        case "now":
            head = Words(f"觸及：上線時 {found} 人", f"reach: {found} when it goes live")
        case "once":
            head = Words(f"觸及：目前 {found} 人", f"reach: {found} as of now")
        case "past":
            yield Words("觸及：時間已過，不會有人進入", "reach: its time is over, so nobody enters")
            return
        case "each time":
            head = Words(f"觸及：每次 {found} 人（以目前計）", f"reach: {found} each time, as of now")
        case "ahead":
            head = Words(f"觸及：未來 {reach.days} 天 {found} 人", f"reach: {found} in the next {reach.days} days")
        case "flow" if not reach.found:
            yield Words(f"觸及：近 {reach.days} 天沒有觸發", f"reach: no trigger in the last {reach.days} days")
            return
        case "flow":
            a_day = f"{reach.found / reach.days:,.1f}" if reach.days else "0"
            head = Words(
                f"觸及：近 {reach.days} 天每天約 {a_day} 次觸發（共 {found}）",
                f"reach: about {a_day} triggers a day in the last {reach.days} days ({found} in all)",
            )
        case _:
            assert_never(reach.when)
    minus = [(_REASONS[reason], count) for reason, count in reach.excluded if count]
    zh = "".join(f"，{words.zh} −{count:,}" for words, count in minus)
    en = "".join(f", {words.en} −{count:,}" for words, count in minus)
    yield Words(f"{head.zh}{zh} ＝ {reach.reached:,}", f"{head.en}{en} = {reach.reached:,}")
    for topic, count in reach.withheld:
        yield Words(f"其中 {count:,} 未同意 {topic}", f"of these {count:,} gave no consent to {topic}")


def _messages(sent: Messages) -> Iterator[Words]:
    if not sent.most:
        return
    basis = (
        Words("依近 30 天", "by the last 30 days")
        if sent.basis == "history"
        else Words("依步驟推估，各路均分", "by the steps alone, all ways alike")
    )
    each = f"{sent.each:.1f}"
    yield Words(
        f"訊息：每人約 {each} 則（{basis.zh}），最多 {sent.most} 則；每月約 {sent.a_month:,} 則；頻率上限未計",
        f"messages: about {each} a member ({basis.en}), at most {sent.most}; about {sent.a_month:,} a month; "
        "caps are not counted in",
    )


def _cost(cost: Cost | None) -> Iterator[Words]:
    if cost is None:
        return
    left = max(0, cost.free - cost.used)
    named = Words(f"{cost.plan}：", f"{cost.plan}: ") if cost.plan else Words("", "")
    head = Words(
        f"費用：{named.zh}每月約 {cost.messages:,} 則，免費 {cost.free:,} 則，本月剩 {left:,} 則",
        f"cost: {named.en}about {cost.messages:,} a month, {cost.free:,} free, {left:,} of them left this month",
    )
    if cost.amount is None:
        yield Words(f"{head.zh}；超過的部分無法加購", f"{head.en}; more cannot be bought")
    else:
        amount = f"{cost.amount:,.2f}".removesuffix(".00")
        yield Words(f"{head.zh}；約 {amount} {cost.currency}", f"{head.en}; about {amount} {cost.currency}")
