"""Whether LINE would take a message as a whole, and which of its buttons come back; renders and sends nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from journey_engine.language import limits
from journey_engine.language.checks.addresses import picture_problems
from journey_engine.language.checks.contents import said_problems
from journey_engine.language.checks.flexes import strings_of
from journey_engine.language.checks.names import Names, Sentence, names_of
from journey_engine.language.checks.slots import Bench, text_problems
from journey_engine.language.checks.tapping import button_problems
from journey_engine.language.contents import Cards, Flex, Imagemap, Template
from journey_engine.language.gather import Gathered, Kept, once
from journey_engine.language.message import Message, Said, container_of, taps_in
from journey_engine.language.places import Problem
from journey_engine.language.words import NOTHING, Words

TAP = "tap:"


def message_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the messages of the project."""
    names = names_of(found)
    return [problem for kept in found.messages.values() for problem in _message(found, kept, names)]


@once
def taps_of(found: Gathered) -> Mapping[str, frozenset[str]]:
    """For each message the buttons whose tap comes back as a click; a message that cannot be read fully is left out."""
    taps: dict[str, frozenset[str]] = {}
    for name, kept in found.messages.items():
        message: Message = kept.value
        files = [file for said in message.say if isinstance(file := container_of(said), str)]
        if not kept.page.is_damaged(()) and all(file in found.flexes for file in files):
            taps[name] = frozenset(_taps(message, found.flexes))
    return taps


def _taps(message: Message, flexes: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    for said in message.say:
        flex = container_of(said)
        contents = flexes[flex] if isinstance(flex, str) else flex
        for _, text in strings_of(contents):
            if text.startswith(TAP):
                yield text.removeprefix(TAP)
    yield from (tap.taps for tap in taps_in(message) if tap.taps is not None)


def _message(found: Gathered, kept: Kept, names: Names) -> Iterator[Problem]:
    message: Message = kept.value
    bench = Bench(kept.page, names)
    if len(message.say) > limits.MESSAGES_PER_REQUEST:
        count = len(message.say)
        what = Words(
            f"say 底下有 {count} 項，LINE 一次最多收 5 項。",
            f"{count} objects under say; LINE takes at most 5 in one request.",
        )
        yield bench.wrong(("say",), (what, Words("請分成兩個步驟傳送。", "Split it over two steps.")), key=True)
    if len(message.quick_replies) > limits.QUICK_REPLIES:
        count = len(message.quick_replies)
        what = Words(f"quick_replies 有 {count} 個，最多 13 個。", f"{count} quick replies; LINE shows at most 13.")
        yield bench.wrong(("quick_replies",), (what, NOTHING), key=True)
    yield from text_problems(bench, ("alt",), message.alt, limits.ALT_TEXT)
    for number, button in enumerate(message.quick_replies):
        yield from button_problems(bench, ("quick_replies", number), button)
    for number, said in enumerate(message.say):
        yield from said_problems(found, bench, ("say", number), said)
    yield from _sender(bench, message)
    if message.alt is None:
        silent = [n for n, said in enumerate(message.say) if _needs_alt(said)]
        yield from (bench.wrong(("say", number), _NO_ALT) for number in silent[:1])


def _needs_alt(said: Said) -> bool:
    return isinstance(said, Flex | Template | Cards | Imagemap) and said.alt is None


def _sender(bench: Bench, message: Message) -> Iterator[Problem]:
    if message.sender is None:
        return
    name = message.sender.name
    yield from text_problems(bench, ("sender", "name"), name, limits.SENDER_NAME)
    yield from picture_problems(bench, ("sender", "icon"), message.sender.icon)
    if name is None and message.sender.icon is None and not bench.page.has_lost(("sender",), "name", "icon"):
        what = Words("sender 要有 name 或 icon。", "A sender has a name or an icon.")
        yield bench.wrong(("sender",), (what, NOTHING))
    if name is not None and "line" in name.lower().split():
        what = Words("寄件人的名稱不能用「LINE」。", "LINE lets nobody call themselves “LINE”.")
        yield bench.wrong(("sender", "name"), (what, Words("請換一個名稱。", "Choose another name.")))


_NO_ALT: Sentence = (
    Words(
        "少了 alt：通知和聊天列表上要顯示的文字。",
        "“alt” is missing: the text of notifications and the chat list.",
    ),
    Words("請在訊息加上 alt: …。", "Add alt: … to the message."),
)
