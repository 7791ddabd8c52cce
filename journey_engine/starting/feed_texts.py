"""A guessed feed as YAML with a comment at each guess, and the suite that begins with it as JSON; it writes no file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from journey_engine.language.words import Language, Words
from journey_engine.starting.columns import Look
from journey_engine.starting.guesses import Guess, kind_of, name_of

_PLAIN = re.compile(r"[A-Za-z_\u3400-\u9fff][\w\u3400-\u9fff.-]*")
_MEANINGS = ("yes", "no", "on", "off", "true", "false", "null", "y", "n")  # words that YAML takes for something else


def quoted(text: str) -> str:
    """A text as it stands in YAML."""
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _MEANINGS
    return text if plain else json.dumps(text, ensure_ascii=False)


def feed_text(name: str, pattern: str, guess: Guess, events: tuple[str, str], zone: str, read_as: str,
              language: Language) -> str:  # fmt: skip
    """The feed; `events`: what an order and one of its lines are called."""
    return "\n".join(_feed(name, pattern, guess, events, zone, read_as, language)) + "\n"


def _feed(name: str, pattern: str, guess: Guess, events: tuple[str, str], zone: str, read_as: str,
          language: Language) -> Iterator[str]:  # fmt: skip
    def note(zh: str, en: str) -> str:
        return f"  # {Words(zh, en).said(language)}"

    yield f"feed: {name}"
    yield f"from: {{file: {json.dumps(pattern, ensure_ascii=False)}}}"
    if any(look.comma for look in (guess.money, *guess.rest.values()) if look):
        yield 'format: {decimal: ","}' + note("金額寫成 1,5", "amounts are written 1,5")
    if read_as:
        yield note(f"檔案看起來是 {read_as}", f"the file is read as {read_as}").strip()
    yield "arrives: daily" + note("多久來一次？hourly、daily、weekly", "how often does it come: hourly, daily, weekly?")
    if guess.at is not None:
        yield f"covers: {{to: end of day, zone: {zone}}}"
    yield f"suite: {name}"
    by = guess.member.form if guess.member.form in ("line", "email", "phone") else "customer_number"
    yield f"member: {{by: {by}, from: {quoted(guess.member.name)}, create: yes}}" + note(
        "猜：這一欄認得出會員", "a guess: this column tells who it is"
    )
    if guess.at is not None:
        yield "brings:"
        yield from _events(guess, guess.at, events, zone, note)
    yield from _members(guess, note)


def _events(guess: Guess, at: Look, events: tuple[str, str], zone: str, note: Any) -> Iterator[str]:
    asked = note("每個時間自己寫了時區", "each instant says its zone") if at.own_offset else note(
        f"檔案沒寫時區：是 {zone} 嗎？", f"the file does not say its zone: is it {zone}?"
    )  # fmt: skip
    when = f"    at: {{from: {quoted(at.name)}, zone: {zone}}}"
    properties = ", ".join(f"{name}: {quoted(look.name)}" for name, look in guess.rest.items())
    yield f"  - event: {events[0]}"
    if guess.lines and guess.key is not None:
        yield f"    one_per: {quoted(guess.key.name)}" + note("猜：同一號碼的各列是一筆", "a guess: these rows are one")
    yield when + asked
    if guess.key is not None:
        yield f"    key: {quoted(guess.key.name)}"
    if guess.money is not None:
        summed = "sum of " if guess.lines else ""
        yield f"    value: {json.dumps(summed + guess.money.name, ensure_ascii=False)}" + note(
            "猜：金額", "a guess: money"
        )
    elif guess.price is not None:
        yield note("只有單價，沒有一筆的金額：請賣方給金額欄", "a price of one piece is no amount").strip()
    if not guess.lines:
        if properties:
            yield f"    properties: {{{properties}}}"
        return
    yield f"  - event: {events[1]}"
    yield when
    if guess.money is not None:
        yield f"    value: {quoted(guess.money.name)}"
    order = f"{order_key(guess)}: {quoted(guess.key.name)}" if guess.key else ""
    yield f"    properties: {{{', '.join(part for part in (order, properties) if part)}}}"


def order_key(guess: Guess) -> str:
    """What the number of an order is called as a property."""
    return name_of(guess.key.name, 1) if guess.key is not None else ""


def _members(guess: Guess, note: Any) -> Iterator[str]:
    identities = {kind: look for kind, look in guess.identities.items() if look is not guess.member}
    attributes = guess.rest if guess.at is None else {}
    if not identities and not attributes and not guess.consents:
        return
    yield "members:"
    if attributes:
        yield "  attributes: {" + ", ".join(f"{name}: {quoted(look.name)}" for name, look in attributes.items()) + "}"
    if identities:
        yield "  identities: {" + ", ".join(f"{kind}: {quoted(look.name)}" for kind, look in identities.items()) + "}"
    if guess.consents:
        told = ", ".join(f"{topic}: {quoted(look.name)}" for topic, look in guess.consents.items())
        yield f"  consents: {{{told}}}" + note("猜：哪一欄是哪一種同意？", "a guess: which column allows which topic?")


def suite_text(name: str, guess: Guess, looks: Sequence[Look], language: Language) -> str:
    """A suite to begin with: columns, what is never empty, what never comes twice, sets, numbers and volume."""
    entries = ",\n".join(f"    {json.dumps(each, ensure_ascii=False)}" for each in _rules(guess, looks, language))
    return f'{{\n  "name": {json.dumps(name)},\n  "expectations": [\n{entries}\n  ],\n  "meta": {{}}\n}}\n'


def _rules(guess: Guess, looks: Sequence[Look], language: Language) -> Iterator[dict[str, Any]]:
    def rule(kind: str, severity: str, zh: str, en: str, **kwargs: Any) -> dict[str, Any]:
        meta = {"rule": Words(zh, en).said(language)}
        return {"type": f"expect_{kind}", "kwargs": kwargs, "severity": severity, "meta": meta}

    used = [guess.member, guess.at, guess.key, guess.money, *guess.identities.values(), *guess.consents.values()]
    names = [look.name for look in [*used, *guess.rest.values()] if look is not None]
    columns = list(dict.fromkeys(names))
    yield rule("table_columns_to_match_set", "critical", "欄位齊全", "all columns are there",
               column_set=columns, exact_match=False)  # fmt: skip
    yield rule("table_row_count_to_be_between", "critical", "列數不得比平常少四成以上", "not 40 % fewer rows",
               min_value={"$PARAMETER": "usual_rows * 0.6"})  # fmt: skip
    for look in dict.fromkeys(each for each in (guess.member, guess.at, guess.key) if each is not None):
        yield rule("column_values_to_not_be_null", "warning", f"{look.name} 不可空白", f"{look.name} is empty",
                   column=look.name)  # fmt: skip
    for look in looks:
        if look.name not in columns:
            continue
        if look.unique and look.filled == 1 and look in (guess.member, guess.key):
            yield rule("column_values_to_be_unique", "warning", f"{look.name} 不可重複", f"{look.name} comes twice",
                       column=look.name)  # fmt: skip
        counted = look is guess.money or (kind_of(look) == "number" and look in guess.rest.values())
        if counted and not look.comma:
            yield rule("column_values_to_match_regex", "warning", f"{look.name} 要是數字", f"{look.name} is no number",
                       column=look.name, regex="^\\s*[+-]?[0-9][0-9,]*([.][0-9]+)?\\s*$")  # fmt: skip
        elif look.values and look.form in ("text", "consent"):
            yield rule("column_values_to_be_in_set", "info", f"{look.name} 有新的值", f"{look.name} has a new value",
                       column=look.name, value_set=list(look.values))  # fmt: skip
