"""Whether what stands in braces in a message is something there is, in a form it has; fills nothing in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from journey_engine.language import limits
from journey_engine.language.checks.names import Names, Sentence, unknown
from journey_engine.language.contents import ITEM
from journey_engine.language.placeholders import FORMS, Slot, slots, without_slots
from journey_engine.language.places import Page, Path, Problem
from journey_engine.language.schema import ValueType
from journey_engine.language.words import NOTHING, Words, did_you_mean

_FITS: dict[str, frozenset[ValueType]] = {
    "date": frozenset({"date", "time"}),
    "day": frozenset({"date", "time"}),
    "time": frozenset({"time"}),
    "number": frozenset({"number", "money"}),
    "money": frozenset({"number", "money"}),
}


@dataclass(frozen=True)
class Bench:
    """One message on the bench: a file of its own, and the names of the project.

    `cards`: it says what is made of each item of a list. `emojis`: the names in braces that LINE replaces here.
    """

    page: Page
    names: Names
    cards: bool = False
    emojis: frozenset[str] = field(default_factory=frozenset[str])

    def wrong(self, path: Path, sentence: Sentence, *, key: bool = False) -> Problem:
        """A problem with what stands at `path`."""
        return self.page.problem(path, *sentence, key=key)


def text_problems(
    bench: Bench, path: Path, text: str | None, most: int, count: limits.Count = limits.utf16_units
) -> Iterator[Problem]:
    """A text that must not be empty nor longer than `most`; what placeholders add is checked when it is sent."""
    if text is None:
        return
    if not text.strip():
        yield bench.wrong(path, (Words("這裡是空的，LINE 不收。", "This is empty; LINE refuses it."), NOTHING))
    length = count(without_slots(text))
    if length > most:
        what = Words(f"{length} 個字，最多 {most} 個字。", f"{length} characters; LINE takes at most {most}.")
        yield bench.wrong(path, (what, Words("請縮短。", "Shorten it.")))
    yield from slot_problems(bench, path, text)


def slot_problems(bench: Bench, path: Path, text: str) -> Iterator[Problem]:
    """What is wrong with each placeholder of a text."""
    for slot in slots(text):
        if slot.written[1:-1].strip() in bench.emojis:
            continue
        for what, cure in _slot(bench, slot):
            yield bench.page.problem(path, what, cure, column=slot.column)


def _slot(bench: Bench, slot: Slot) -> Iterator[Sentence]:
    if slot.field is None:
        yield _no_slot(slot.written)
        return
    if slot.form is not None and slot.form not in FORMS:
        what = Words(f"沒有「as {slot.form}」這種格式。", f"There is no form “as {slot.form}”.")
        yield what, did_you_mean(slot.form, FORMS)
        return
    first, _, rest = slot.field.partition(".")
    match first:
        case "entry" if rest:
            yield from _entry(bench, slot, rest)
        case "coupon" if rest:
            yield from _coupon(bench, rest)
        case _ if first == ITEM:
            yield from () if bench.cards else iter([_NO_ITEM])
        case _:
            yield from _attribute(bench, slot)


def _attribute(bench: Bench, slot: Slot) -> Iterator[Sentence]:
    known = bench.names.attributes
    name = str(slot.field)
    if known is not None and name not in known:
        yield unknown("attribute", name, known)
        return
    schema = bench.names.schema
    kind = schema.attributes.get(name) if schema else None
    yield from fitting(slot, kind.type if kind else None)
    if slot.default is None:
        what = Words(
            f"「{slot.written}」沒有值的時候不知道要寫什麼。", f"“{slot.written}” can be empty and has no default."
        )
        form = f" as {slot.form}" if slot.form else ""
        yield what, Words(f"寫成 {{{name}{form}|預設文字}}。", f"Write {{{name}{form}|default}}.")


def _entry(bench: Bench, slot: Slot, name: str) -> Iterator[Sentence]:
    known = bench.names.brought
    if known is None:
        return
    if name not in known:
        what = Words(f"沒有任何進入事件帶有「{name}」。", f"No event that lets members in brings “{name}”.")
        yield what, unknown("property", name, known)[1]
        return
    if known[name] == "list":
        yield list_in_a_text(name)
        return
    yield from fitting(slot, known[name])


def list_in_a_text(name: str) -> Sentence:
    """The sentence about a list of the entry that stands in a text."""
    what = Words(f"「{name}」是清單，不能寫在文字裡。", f"“{name}” is a list and cannot stand in a text.")
    return what, Words(f"請用 cards: {{of: entry.{name}, …}}。", f"Use cards: {{of: entry.{name}, …}}.")


def _coupon(bench: Bench, rest: str) -> Iterator[Sentence]:
    pool, _, what = rest.partition(".")
    known = bench.names.coupons
    if pool not in known:
        yield unknown("coupon", pool, known)
    elif what not in ("", "expires"):
        yield (
            Words(f"折價券沒有「{what}」。", f"A coupon has no “{what}”."),
            Words(f"可以寫 {{coupon.{pool}}} 或 {{coupon.{pool}.expires as date}}。",
                  f"There are {{coupon.{pool}}} and {{coupon.{pool}.expires as date}}."),
        )  # fmt: skip


def fitting(slot: Slot, kind: ValueType | None) -> Iterator[Sentence]:
    """Whether a value of this type (None: nothing is known) has this form."""
    if slot.form is None or kind is None or kind in _FITS[slot.form]:
        return
    name = str(slot.field)
    fit = [form for form in FORMS if kind in _FITS[form]]
    what = Words(f"「{name}」的型別是 {kind}，不能寫 as {slot.form}。", f"“{name}” is {kind}: it has no {slot.form}.")
    yield (
        what,
        Words(f"可以寫 as {'、as '.join(fit)}。", f"It can be written as {', as '.join(fit)}.")
        if fit
        else Words(f"請寫成 {{{name}|預設文字}}。", f"Write {{{name}|default}}."),
    )


def _no_slot(written: str) -> Sentence:
    return (
        Words(f"「{written}」不是欄位的寫法。", f"“{written}” is no placeholder."),
        Words("欄位寫成 {name|朋友}；要印出大括號請寫 {{。", "Write {name|friend}; for a brace itself write {{."),
    )


_NO_ITEM = (
    Words("item 只有在 cards 的 flex 裡才有。", "Only the flex of cards has an item."),
    Words("進入事件的屬性寫成 {entry.名稱}。", "A property of the entry is written {entry.NAME}."),
)
