"""Whether each step of a journey says something that can be done: its message, arms, shares, tags, where it leads."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from journey_engine.language.checks.calls import call_problems
from journey_engine.language.checks.conditions import condition_problems
from journey_engine.language.checks.experiments import experiment_problems
from journey_engine.language.checks.names import Spot, tag_nobody_gives, unknown
from journey_engine.language.checks.setting import hand_off_problems, set_problems
from journey_engine.language.checks.waiting import waiting_problems
from journey_engine.language.gather import Kept
from journey_engine.language.journey import (
    Branch,
    Call,
    GoTo,
    HandOff,
    Send,
    Set,
    Split,
    Step,
    Stop,
    Tag,
    Untag,
    Wait,
)
from journey_engine.language.places import Mapping, Path, Problem, locate
from journey_engine.language.words import Words


def step_problems(kept: Kept, spot: Spot) -> Iterator[Problem]:
    """Everything wrong with the steps themselves."""
    for path, _, step in kept.steps:
        at = spot.below(*path)
        if step.if_ is not None:
            yield from condition_problems(step.if_.condition, at.below("if"))
        if step.at_once:
            yield at.page.problem((*path, "at_once"), *_AT_ONCE, key=True, severity="warning")
        yield from _of(step, at)


def _of(step: Step, at: Spot) -> Iterator[Problem]:
    match step:
        case Send(send=message):
            if message not in at.names.messages:
                yield at.page.problem((*at.path, "send"), *unknown("message", message, at.names.messages))
        case GoTo(go_to=journey):
            if journey not in at.names.journeys:
                yield at.page.problem((*at.path, "go_to"), *unknown("journey", journey, at.names.journeys))
        case Untag(untag=tag):
            if at.names.tags is not None and tag not in at.names.tags:
                yield at.page.problem((*at.path, "untag"), *tag_nobody_gives(tag, at.names.tags))
        case Stop(stop=reason):
            if not reason.strip():
                yield at.page.problem((*at.path, "stop"), *_NO_REASON)
        case Wait():
            yield from waiting_problems(step, at)
        case Branch():
            yield from _branch(step, at)
        case Split():
            yield from _split(step, at)
            yield from experiment_problems(step, at)
        case Call():
            yield from call_problems(step, at)
        case Set():
            yield from set_problems(step, at)
        case HandOff():
            yield from hand_off_problems(step, at)
        case Tag():
            return


def _branch(step: Branch, at: Spot) -> Iterator[Problem]:
    page, path = at.page, (*at.path, "branch")
    last = len(step.branch) - 1
    for number, arm in enumerate(step.branch):
        here: Path = (*path, number)
        if arm.if_ is not None:
            yield from condition_problems(arm.if_.condition, at.below("branch", number, "if"))
        if arm.otherwise and arm.if_ is not None:
            yield page.problem((*here, "otherwise"), *_BOTH, key=True)
        elif arm.otherwise and number != last:
            yield page.problem((*here, "otherwise"), *_NOT_LAST, key=True)
        elif not arm.otherwise and arm.if_ is None and not page.has_lost(here, "if", "otherwise"):
            yield page.problem(here, *_NEITHER)
    lost = page.has_lost(path) or any(page.has_lost((*path, number), "otherwise") for number in range(last + 1))
    if not any(arm.otherwise for arm in step.branch) and not lost:
        yield page.problem(path, *_NO_OTHERWISE, key=True)


def _split(step: Split, at: Spot) -> Iterator[Problem]:
    path = (*at.path, "split")
    total = sum((arm.share for arm in step.split.values()), Decimal(0))
    block = locate(at.page.root, path)[1]
    lost = isinstance(block, Mapping) and (
        block.lost or any(at.page.has_lost((*path, arm), "share") for arm in step.split)
    )
    if total != 1 and not lost:
        sum_ = f"{(total * 100).normalize():f}%"
        what = Words(f"各組的 share 加起來是 {sum_}，不是 100%。", f"The shares sum to {sum_}, not to 100%.")
        yield at.page.problem(path, what, key=True)


_AT_ONCE = (
    Words(
        "at_once 不等資料到齊就決定：晚一步匯入的事件（例如昨天的購買）會被當成沒發生。",
        "at_once decides before all data is in: what is imported later (say, a purchase) counts as not having been.",
    ),
    Words("除非一定要立刻反應，否則請刪掉。", "Delete it unless an immediate answer matters more."),
)
_NO_REASON = (
    Words("stop 要寫原因。", "stop needs a reason."),
    Words("例如 stop: 已完成。", "Write for example stop: done."),
)
_BOTH = (
    Words("同一項不能同時有 if 和 otherwise。", "One way cannot have both if and otherwise."),
    Words("請拆成兩項。", "Make them two."),
)
_NOT_LAST = (
    Words("otherwise 後面的項目永遠輪不到。", "What follows otherwise is never reached."),
    Words("請把 otherwise 移到最後。", "Move otherwise to the end."),
)
_NEITHER = (
    Words("這一項沒有 if，也不是 otherwise。", "This way has neither if nor otherwise."),
    Words("請加上 if: 條件。", "Add if: CONDITION."),
)
_NO_OTHERWISE = (
    Words(
        "branch 少了 otherwise：都不符合的人不知道往哪走。", "This branch lacks otherwise: who fits nothing has no way."
    ),
    Words("請在最後加上 - otherwise: 和 do。", "End it with - otherwise: and do."),
)
