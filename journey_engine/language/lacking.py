"""What is said of a word, a block or items that should be there and are not; reads nothing and judges nothing."""

from __future__ import annotations

from journey_engine.language.words import NOTHING, Words

# What a missing word looks like when it is there; the alternatives that follow it, if any.
_EXAMPLES = {
    "again": ("again: never", "after exit", "after 90 days", "once a year", "per order_id"),
    "status": ("status: draft", "live", "paused", "retired"),
    "topic": ("topic: promotion", "news", "service", "transactional"),
    "title": ("title: …",),
    "within": ("within: 14 days",),
    "then": ("then: stay", "leave"),
    "share": ("share: 50%",),
    "zone": ("zone: Asia/Taipei",),
    "encoding": ("encoding: detect",),
    "steps": ("steps: …",),
    "do": ("do: …",),
    "sample": ("sample: 4000",),
    "at_most": ("at_most: 3 days",),
    "questions": ("questions: …",),
    "measure": ("measure: purchase",),
    "cron": ('cron: "0 10 * * 1"',),
    "time": ('time: "2026-12-05 10:00"',),
    "late": ("late: skip", "now"),
}
# Words whose value is a name the marketer chose.
_NAMES = {
    "of": Words("of: 名稱", "of: NAME"),
    "to": Words("to: 分群名稱", "to: SEGMENT"),
}
_FEW = {
    "branch": (
        Words(
            "branch 至少要有兩條路，最後一條是 otherwise。", "A branch has at least two ways; otherwise is the last."
        ),
        Words("請在最後加上 - otherwise: 和 do。", "End it with - otherwise: and do."),
    ),
    "split": (
        Words("split 至少要有兩組。", "A split has at least two arms."),
        Words("請再加一組，例如 b: {share: 50%, do: …}。", "Add another, for example b: {share: 50%, do: …}."),
    ),
}
_BLOCKS = {
    "leave": "leave: {if: refund since entry}",
    "goal": "goal: {if: purchase since entry, within: 14 days, then: stay}",
    "enter": "enter: {on: follow, again: never}",
    "steps": "steps: {say_hello: {send: hello}, rest: {wait: 1 day}}",
    "every": 'every: {cron: "0 10 * * 1", of: …}',
    "date": 'date: {of: birthday, offset: -3 days, at: "10:00", every: year}',
    "otherwise": "otherwise: {do: {…}}",
    "failed": "failed: {do: {…}}",
    "experiment": "experiment: {measure: purchase, within: 14 days, sample: 4000}",
    "questions": "questions: {recommend: {nps: …}}",
    "bands": "bands: {dry: {from: 0, title: …}}",
    "answered": "answered: {do: {…}}",
    "watch": "watch: {change: 40%}",
}


def word(name: str) -> tuple[Words, Words]:
    """What is wrong and what to write where the word `name` is missing."""
    what = Words(f"這裡少了「{name}」。", f"“{name}” is missing here.")
    if name in _NAMES:
        return what, Words(f"請加上 {_NAMES[name].zh}。", f"Add {_NAMES[name].en}")
    example, *others = _EXAMPLES.get(name, (f"{name}: …",))
    zh, en = (f"（或 {'、'.join(others)}）", f" (or {', '.join(others)})") if others else ("", "")
    return what, Words(f"請加上 {example}{zh}。", f"Add {example}{en}")


def items(place: str, least: int) -> tuple[Words, Words]:
    """What is wrong and what to write where the list or block at the word `place` has fewer than `least` items."""
    plain = (Words(f"這裡至少要有 {least} 項。", f"At least {least} must stand here."), NOTHING)
    return _FEW.get(place, plain)


def block(place: str) -> tuple[Words, Words]:
    """What is wrong and what to write where the word `place` has a text and should have a block below it."""
    what = Words("這裡要寫下一層的「名稱: 內容」。", "A block of “name: value” lines must stand here.")
    example = _BLOCKS.get(place)
    return what, Words(f"例如寫 {example}。", f"Write for example {example}") if example else NOTHING
