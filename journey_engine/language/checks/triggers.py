"""Whether a journey's trigger can let anybody in: names, dates, keys, and what may stand beside which."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.checks.conditions import condition_problems
from journey_engine.language.checks.names import Sentence, Spot, unknown
from journey_engine.language.checks.queries import query_problems
from journey_engine.language.conditions import EntryProperty, leaves
from journey_engine.language.gather import Kept
from journey_engine.language.journey import Journey, Wait
from journey_engine.language.places import Problem, is_there
from journey_engine.language.triggers import TRIGGERS, Dated, Enter
from journey_engine.language.words import Words


def trigger_problems(kept: Kept, spot: Spot) -> Iterator[Problem]:
    """Everything wrong below `enter`."""
    journey: Journey = kept.value
    enter = journey.enter
    yield from _count(kept, spot)
    if enter.on is not None:
        yield from query_problems(enter.on.query, spot.below("on"))
    yield from _names(enter, spot)
    if enter.date is not None:
        yield from _date(enter.date, spot.below("date", "of"))
    yield from _beside(kept, journey, spot)
    yield from _key(enter, spot)
    if enter.if_ is not None:
        yield from condition_problems(enter.if_.condition, spot.below("if"))


def _count(kept: Kept, spot: Spot) -> Iterator[Problem]:
    root = kept.original.root
    triggers = [word for word in TRIGGERS if is_there(root, ("enter", word))]
    if len(triggers) == 1 or not is_there(root, ("enter",)):
        return
    found = Words("、".join(triggers) or "沒有", ", ".join(triggers) or "none")
    what = Words(f"enter 要剛好一個入口，這裡有：{found.zh}。", f"enter needs exactly one trigger; here: {found.en}.")
    cure = Words(f"請只寫 {'、'.join(TRIGGERS)} 其中一個。", f"Write one of {', '.join(TRIGGERS)}.")
    yield kept.page.problem(spot.path, what, cure, key=True)


def _names(enter: Enter, spot: Spot) -> Iterator[Problem]:
    """Segments, stages and journeys that do not exist."""
    names = spot.names
    segments = (
        (enter.joins, ("joins",)),
        (enter.at.to if enter.at else None, ("at", "to")),
        (enter.every.of if enter.every else None, ("every", "of")),
    )
    for segment, path in segments:
        if segment is not None and segment not in names.segments:
            yield spot.page.problem((*spot.path, *path), *unknown("segment", segment, names.segments))
    if enter.stage is not None and names.stages is not None and enter.stage not in names.stages:
        yield spot.page.problem((*spot.path, "stage"), *unknown("stage", enter.stage, names.stages))
    if enter.after is not None and enter.after not in names.journeys:
        yield spot.page.problem((*spot.path, "after"), *unknown("journey", enter.after, names.journeys))


def _date(rule: Dated, at: Spot) -> Iterator[Problem]:
    names = at.names
    if names.attributes is None:
        return
    if rule.of not in names.attributes:
        yield at.page.problem(at.path, *unknown("attribute", rule.of, names.attributes))
        return
    kind = names.schema.attributes.get(rule.of) if names.schema else None
    if kind is not None and kind.type != "date":
        yield at.page.problem(at.path, *_no_date(rule.of, kind.type))


def _beside(kept: Kept, journey: Journey, spot: Spot) -> Iterator[Problem]:
    """`existing` and `restart` where they mean something only."""
    enter, page = journey.enter, spot.page
    lost = page.has_lost(("enter",), *TRIGGERS)
    if enter.existing == "include" and not (enter.joins or enter.stage) and not lost:
        yield page.problem((*spot.path, "existing"), *_EXISTING, key=True)
    if enter.restart is None:
        return
    if enter.on is None and not lost:
        yield page.problem((*spot.path, "restart"), *_RESTART_OF_EVENTS, key=True)
    name, first = next(iter(journey.steps.items()))
    if not isinstance(first, Wait) and not page.is_damaged(("steps",)):
        yield page.problem((*spot.path, "restart"), *_first_wait(name), key=True)
    elif isinstance(first, Wait) and first.count == "since entry":
        yield kept.page.problem(("steps", name, "count"), *_COUNTS_SINCE_ENTRY, key=True)
    yield from _asks_the_entry(kept, journey)


def _asks_the_entry(kept: Kept, journey: Journey) -> Iterator[Problem]:
    """With `restart` the entry changes, which a rule that holds at any moment would notice only by chance."""
    for word, rule in (("leave", journey.leave), ("goal", journey.goal)):
        for leaf in leaves(rule.if_.condition) if rule is not None else ():
            if isinstance(leaf, EntryProperty):
                yield kept.page.problem((word, "if"), *_entry_changes(leaf.name), column=leaf.column)


def _key(enter: Enter, spot: Spot) -> Iterator[Problem]:
    """`again: per KEY` asks for a property that the trigger has."""
    key = enter.again.per
    if key is None or enter.by is not None:
        return
    at = spot.below("again")
    if enter.on is None:
        if not spot.page.has_lost(("enter",), *TRIGGERS):
            yield at.page.problem(at.path, *_KEY_OF_EVENTS)
        return
    properties = spot.names.properties_of(enter.on.query.event)
    if properties is not None and key not in properties:
        yield at.page.problem(at.path, *unknown("property", key, properties))


def _no_date(name: str, kind: str) -> Sentence:
    what = Words(f"屬性「{name}」的型別是 {kind}，不是日期。", f"Attribute “{name}” is {kind}, not a date.")
    return what, Words("請用 type: date 的屬性。", "Name an attribute of type: date.")


def _first_wait(name: str) -> Sentence:
    what = Words(
        f"restart 會讓第一個等待重新開始，但第一個步驟「{name}」不是 wait。",
        f"restart begins the first wait anew, but the first step, “{name}”, is no wait.",
    )
    return what, Words("請把 wait 放在第一個步驟。", "Let the first step be a wait.")


def _entry_changes(name: str) -> Sentence:
    what = Words(
        f"restart 會換掉 entry.{name}，離開和目標條件不能問它。",
        f"restart replaces entry.{name}, so leave and goal cannot ask for it.",
    )
    return what, Words("請改在步驟的 if 或 branch 裡問。", "Ask for it in a step's if or a branch.")


_EXISTING = (
    Words("existing 只能和 joins 或 stage 一起寫。", "existing goes with joins or stage only."),
    Words("請刪掉 existing。", "Leave existing out."),
)
_RESTART_OF_EVENTS = (
    Words("restart 只能和 on 一起寫。", "restart goes with on only."),
    Words("請刪掉 restart，或改用 on: 事件。", "Leave restart out, or enter on an event."),
)
_COUNTS_SINCE_ENTRY = (
    Words("從進入算起的等待不會因 restart 延後。", "A wait counted since the entry is not put off by restart."),
    Words("請刪掉 count，或刪掉 restart。", "Leave out count, or restart."),
)
_KEY_OF_EVENTS = (
    Words(
        "per 後面要寫進入事件的屬性，這個入口沒有事件。",
        "per names a property of the event that lets in; here is no event.",
    ),
    Words(
        "請改用 on: 事件，或改寫 after exit 之類的規則。", "Enter on an event, or write another rule, like after exit."
    ),
)
