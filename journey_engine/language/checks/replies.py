"""Whether each rule of replies.yaml hears something, does something, and can be reached; it answers nobody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from journey_engine.language.catalog import Policy
from journey_engine.language.checks.messages import taps_of
from journey_engine.language.checks.names import Names, Spot, names_of, unknown
from journey_engine.language.checks.setting import set_problems
from journey_engine.language.checks.visits import slots_of
from journey_engine.language.gather import Gathered
from journey_engine.language.journey import Journey, Set
from journey_engine.language.listening import Heard, plain
from journey_engine.language.places import Page, Path, Problem
from journey_engine.language.reply import OTHERWISE, Answering, Friends, Replies, Reply
from journey_engine.language.words import NOTHING, Words

_WORDS = ("says", "contains", "like", "postback", "taps")
_DOES = ("answer", "closed", "tag", "set", "consents", "enter")
_OF_A_VISIT = ("entry.", "coupon.")


@dataclass(frozen=True)
class _Bench:
    found: Gathered
    page: Page
    names: Names
    taps: Mapping[str, frozenset[str]]


def reply_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with replies.yaml; nothing, if there is none."""
    if found.replies is None:
        return []
    replies: Replies = found.replies.value
    bench = _Bench(found, found.replies.page, names_of(found), taps_of(found))
    problems = [*_names(bench, replies), *_reached(bench, replies.replies)]
    for number, rule in enumerate(replies.replies):
        problems += [*_heard(bench, ("replies", number), rule), *_answering(bench, ("replies", number), rule)]
    if replies.otherwise is not None:
        problems += _answering(bench, ("otherwise",), replies.otherwise)
    if replies.friends is not None:
        problems += _friends(bench, replies.friends)
    return problems


def _names(bench: _Bench, replies: Replies) -> Iterator[Problem]:
    seen = Counter[str]()
    for number, rule in enumerate(replies.replies):
        seen[rule.reply] += 1
        if rule.reply == OTHERWISE or seen[rule.reply] > 1:
            what = Words(f"已經有一條規則叫「{rule.reply}」。", f"Another rule is called “{rule.reply}” already.")
            yield bench.page.problem(("replies", number, "reply"), what, Words("請改名。", "Rename it."))


def _heard(bench: _Bench, path: Path, rule: Reply) -> Iterator[Problem]:
    page = bench.page
    if not rule.words and not page.has_lost(path, *_WORDS):
        yield page.problem(path, *_HEARS_NOTHING)
    for how, phrases in rule.words.items():
        for place, phrase in enumerate(phrases):
            if not plain(phrase).strip("*"):
                yield page.problem((*path, how, place), *(_ALL if "*" in phrase else _EMPTY))
    known = frozenset(button for buttons in bench.taps.values() for button in buttons)
    if len(bench.taps) == len(bench.found.files.get("messages", ())):
        for place, button in enumerate(rule.taps):
            if button not in known:
                yield page.problem((*path, "taps", place), *unknown("button", button, known))


def _reached(bench: _Bench, rules: Sequence[Reply]) -> Iterator[Problem]:
    """Phrases that an earlier rule answers, whatever else is written."""
    heard = [Heard(rule) for rule in rules]
    for number, rule in enumerate(rules):
        for how in ("says", "contains", "postback", "taps"):
            kind = {"postback": "postback", "taps": "click"}.get(how, "message")
            for place, phrase in enumerate(rule.words.get(how, ())):
                said = plain(phrase) if kind == "message" else phrase
                by = next((each.name for each in heard[:number] if _takes(each, how, kind, said)), None)
                if by is not None:
                    what = Words(
                        f"「{phrase}」輪不到這條規則，前面的「{by}」會先回覆。",
                        f"“{phrase}” never gets here: “{by}” before it answers.",
                    )
                    cure = Words("請調整順序或刪掉。", "Change their order, or delete it.")
                    yield bench.page.problem(("replies", number, how, place), what, cure)


def _takes(earlier: Heard, how: str, kind: str, said: str) -> bool:
    if how == "contains":  # what is said around the phrase is open, so only a phrase within it is certain to be heard
        return earlier.hears_within(said)
    return "*" not in said and earlier.hears(kind, said)


def _answering(bench: _Bench, path: Path, rule: Answering) -> Iterator[Problem]:
    page, names = bench.page, bench.names
    if not any(getattr(rule, word) for word in _DOES) and not page.has_lost(path, *_DOES):
        yield page.problem(path, *_DOES_NOTHING)
    for word in ("answer", "closed"):
        message = getattr(rule, word)
        if message is not None and message not in names.messages:
            yield page.problem((*path, word), *unknown("message", message, names.messages))
        elif message in bench.found.messages:
            yield from _visit(bench, (*path, word), message)
    if rule.closed is not None and bench.found.policy is not None:
        policy: Policy = bench.found.policy.value
        if policy.office_hours is None and not bench.found.policy.page.has_lost((), "office_hours"):
            yield page.problem((*path, "closed"), *_NO_HOURS, key=True)
    spot = Spot(page, path, names, bench.taps, entry={})
    if rule.set:
        yield from set_problems(Set(set=rule.set), spot)
    if rule.enter is not None:
        yield from _enter(bench, (*path, "enter"), rule.enter)


def _visit(bench: _Bench, path: Path, message: str) -> Iterator[Problem]:
    """What a message is filled with on a visit to a journey, an answer does not have."""
    given = (slot for slot in slots_of(bench.found)[message] if slot.default is None)
    missing = next((slot.field for slot in given if (slot.field or "").startswith(_OF_A_VISIT)), None)
    if missing is not None:
        what = Words(
            f"訊息裡的「{missing}」只有在旅程裡才有值，這裡會傳不出去。",
            f"“{missing}” in it has a value in a journey only; here it cannot be sent.",
        )
        cure = Words("請替它寫預設文字，或改用別則訊息。", "Give it a default, or answer with another message.")
        yield bench.page.problem(path, what, cure)


def _enter(bench: _Bench, path: Path, name: str) -> Iterator[Problem]:
    if name not in bench.names.journeys:
        yield bench.page.problem(path, *unknown("journey", name, bench.names.journeys))
    elif name in bench.found.journeys:
        journey: Journey = bench.found.journeys[name].value
        if journey.enter.by is None and not bench.found.journeys[name].page.is_damaged(("enter",)):
            what = Words(f"旅程「{name}」不是由系統送進去的。", f"Journey “{name}” lets members in by its own trigger.")
            cure = Words("請在那個旅程寫 enter: {by: api, …}。", "Write enter: {by: api, …} there.")
            yield bench.page.problem(path, what, cure)


def _friends(bench: _Bench, friends: Friends) -> Iterator[Problem]:
    page, attributes = bench.page, bench.names.attributes
    if re.fullmatch(r"@[a-z0-9._-]{2,20}", friends.account) is None:
        yield page.problem(("friends", "account"), *_NO_ACCOUNT)
    if friends.into is not None and attributes is not None and friends.into not in attributes:
        yield page.problem(("friends", "into"), *unknown("attribute", friends.into, attributes))
    elif friends.into is not None and bench.names.schema is not None:
        values = {name: name for name in friends.sources}
        kind = bench.names.schema.attributes[friends.into]
        odd = [name for name in values if kind.values is not None and name not in kind.values]
        if kind.type != "text" or odd:
            what = Words(
                f"屬性「{friends.into}」不能存來源的名稱。", f"Attribute “{friends.into}” cannot hold names of sources."
            )
            cure = Words(
                "請在 schema.yaml 用 {type: text}，不限定 values。", "Declare it as {type: text} without values."
            )
            yield page.problem(("friends", "into"), what, cure)
    said: dict[str, str] = {}
    for name, source in friends.sources.items():
        words = plain(source.says or "")
        if source.says is not None and not words:
            yield page.problem(("friends", "sources", name, "says"), *_EMPTY)
        elif words and words in said:
            what = Words(f"來源「{said[words]}」也說這句話。", f"“{said[words]}” says these words, too.")
            yield page.problem(("friends", "sources", name, "says"), what, Words("請換一句。", "Take others."))
        said.setdefault(words, name)


_NO_ACCOUNT = (
    Words("這不是官方帳號的 LINE ID。", "This is no LINE ID of an official account."),
    Words(
        '例如 "@123abcde"，在 LINE 官方帳號後台可以找到。',
        'Such as "@123abcde"; LINE Official Account Manager shows it.',
    ),
)
_HEARS_NOTHING = (
    Words("這條規則沒有寫聽到什麼才回覆。", "This rule does not say what it answers to."),
    Words("請加上 says、contains、like、postback 或 taps。", "Add says, contains, like, postback or taps."),
)
_DOES_NOTHING = (
    Words("這條規則什麼也不做。", "This rule does nothing."),
    Words("請加上 answer、tag、set、consents 或 enter。", "Add answer, tag, set, consents or enter."),
)
_EMPTY = (Words("這裡是空的。", "This is empty."), NOTHING)
_ALL = (
    Words("這樣會符合所有訊息。", "This is like everything."),
    Words("其他訊息的回覆請寫在 otherwise。", "What answers everything else is otherwise."),
)
_NO_HOURS = (
    Words(
        "policy.yaml 沒有寫 office_hours，closed 用不到。", "policy.yaml has no office_hours, so closed never answers."
    ),
    Words('請加上 office_hours: "09:00-18:00"。', 'Add office_hours: "09:00-18:00" to it.'),
)
