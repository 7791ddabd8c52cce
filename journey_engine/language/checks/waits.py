"""Whether the events a wait or a branch hopes for can arrive, and in time; reads no data, only what feeds promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from journey_engine.language.catalog import BUILT_IN_EVENTS
from journey_engine.language.durations import Duration
from journey_engine.language.feed import Feed
from journey_engine.language.gather import Gathered, Kept, once
from journey_engine.language.journey import FirstOf, HandOff, Journey, Split, Wait
from journey_engine.language.places import Path, Problem
from journey_engine.language.words import Words

_EVERY: dict[str, timedelta] = {
    "live": timedelta(0),
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
}
_ZH = {"live": "即時", "hourly": "每小時", "daily": "每天", "weekly": "每週"}


def wait_problems(found: Gathered, kept: Kept) -> Iterator[Problem]:
    """Waits and experiments for events that nothing brings, or that come more rarely than the wait lasts."""
    journey: Journey = kept.value
    trigger = journey.enter.on
    if trigger is not None and (problem := _nobody_brings(found, kept, trigger.query.event, ("enter", "on"))):
        yield problem
    for path, _, step in kept.steps:
        if isinstance(step, Wait) and isinstance(step.wait, FirstOf):
            for number, exit_ in enumerate(step.wait.first_of):
                here = (*path, "wait", "first_of", number, "until")
                yield from _exit(found, kept, exit_.until.query.event, step, here)
        elif isinstance(step, Split) and step.experiment is not None:
            measure = step.experiment.measure.query.event
            if problem := _nobody_brings(found, kept, measure, (*path, "experiment", "measure")):
                yield problem


def _exit(found: Gathered, kept: Kept, event: str, step: Wait, here: Path) -> Iterator[Problem]:
    if problem := _nobody_brings(found, kept, event, here):
        yield problem
        return
    feeds = _feeds_of(found, event)
    if not feeds or step.at_most is None or step.at_once:
        return
    soonest = min(feeds, key=lambda feed: _EVERY[feed.arrives])
    if _EVERY[soonest.arrives] > _shortest(step.at_most):
        zh, en = _ZH[soonest.arrives], soonest.arrives
        what = Words(
            f"「{event}」由 {soonest.feed} {zh}匯入，這個等待只有 {step.at_most}，期限到時還不知道有沒有發生。",
            f"“{event}” arrives {en} with feed {soonest.feed}, but this wait lasts only {step.at_most}.",
        )
        cure = Words("請把 at_most 加長，或讓資料更常匯入。", "Make at_most longer, or import the feed more often.")
        yield kept.page.problem(here, what, cure)


def _shortest(length: Duration) -> timedelta:
    """A lower bound in elapsed time; a day of 23 hours is a day all the same."""
    days = {"day": 1, "week": 7, "month": 28}
    return length.exact if length.is_exact else timedelta(days=days[length.unit] * length.amount)


def _feeds_of(found: Gathered, event: str) -> list[Feed]:
    feeds: list[Feed] = [kept.value for kept in found.feeds.values()]
    return [feed for feed in feeds if any(brought.event == event for brought in feed.brings)]


@once
def _somebody_hands_off(found: Gathered) -> bool:
    """Whether some journey hands members off, or one cannot be read."""
    steps = (step for kept in found.journeys.values() for _, _, step in kept.steps)
    return len(found.journeys) < len(found.files.get("journeys", ())) or any(isinstance(s, HandOff) for s in steps)


def _no_hand_off(event: str) -> Words:
    return Words(f"沒有任何步驟會 hand_off，「{event}」不會發生。", f"No step hands off, so “{event}” never happens.")


def _nobody_brings(found: Gathered, kept: Kept, event: str, here: Path) -> Problem | None:
    """The problem when `event` is declared and no feed brings it; silent while some feed cannot be read."""
    if event in ("handed_off", "handed_back"):
        return None if _somebody_hands_off(found) else kept.page.problem(here, _no_hand_off(event), _HAND_OFF)
    if event in BUILT_IN_EVENTS or event not in found.written.get("events", ()):
        return None
    if _feeds_of(found, event) or len(found.feeds) < len(found.files.get("feeds", ())):
        return None
    if any(one.page.is_damaged(()) for one in found.feeds.values()):
        return None
    if found.schema is not None and event in found.schema.value.events and found.schema.value.events[event].live:
        return None
    what = Words(
        f"沒有任何資料來源會帶來事件「{event}」。", f"No feed brings the event “{event}”, so it never happens."
    )
    return kept.page.problem(here, what, _BRING)


_HAND_OFF = Words("請先加上 hand_off 步驟。", "Add a step that says hand_off.")
_BRING = Words(
    "請在 feeds 裡加上 brings；由商店即時送來的，在 schema 裡寫 live: yes。",
    "Let a feed bring it; if the shop sends it as it happens, write live: yes in the schema.",
)
