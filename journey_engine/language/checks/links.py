"""What of a message opens a page and can be tracked, and where policy.yaml leads links on from; it makes no link."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from journey_engine.language.catalog import Policy
from journey_engine.language.gather import Gathered, Kept, once
from journey_engine.language.message import Message
from journey_engine.language.places import Problem
from journey_engine.language.tracking import dicts_in
from journey_engine.language.urls import may_be_called
from journey_engine.language.words import Words

_OPENED = re.compile(r"https?://|\{", re.IGNORECASE)


@once
def links_of(found: Gathered) -> Mapping[str, frozenset[str]]:
    """For each message what its links are called: the words on what is tapped, empty where there are none.

    A message that cannot be read fully is left out.
    """
    links: dict[str, frozenset[str]] = {}
    for name, kept in found.messages.items():
        message: Message = kept.value
        said = message.model_dump(by_alias=True)
        if not kept.page.is_damaged(()) and all(file in found.flexes for file in _files(said)):
            contents = [found.flexes[file] for file in _files(said)]
            links[name] = frozenset(label for node in (said, contents) for label in _labels(node))
    return links


def _files(node: Any) -> Iterator[str]:
    for each in dicts_in(node):
        if isinstance(each.get("flex"), str):
            yield each["flex"]


def _labels(node: Any) -> Iterator[str]:
    for each in dicts_in(node):
        address = each.get("uri") if each.get("type") == "uri" else each.get("opens") or each.get("linkUri")
        if isinstance(address, str) and _OPENED.match(address):
            yield str(each.get("label") or "")


def tracking_problems(found: Gathered, kept: Kept) -> Iterator[Problem]:
    """What is wrong with where links lead on from; once a warning, if real people's taps on links stay unknown."""
    policy: Policy = kept.value
    untracked = policy.line == "live" and policy.links.base is None and not kept.page.has_lost((), "links")
    if untracked and any(links_of(found).values()):
        yield kept.page.problem(("line",), *_UNTRACKED, severity="warning")
    base = policy.links.base
    if base is not None and (not may_be_called(base) or "?" in base or base.endswith("/")):
        yield kept.page.problem(("links", "base"), *_NO_BASE)


_UNTRACKED = (
    Words(
        "policy.yaml 沒有寫 links 的 base，訊息裡的連結不會追蹤，點了也不會有 click。",
        "policy.yaml says nothing of links: base, so links of messages are not tracked and taps on them are no clicks.",
    ),
    Words(
        "請加上 links: {base: https://…}，也就是收件服務對外的網址。",
        "Add links: {base: https://…}, where the receiver is reached.",
    ),
)
_NO_BASE = (
    Words("這不是可以放在連結裡的網址。", "This is no address that links can begin with."),
    Words(
        "請寫收件服務對外的 https 網址，後面不加 / 和 ?，例如 https://go.example.com。",
        "Write the https address at which the receiver is reached, without / or ? at its end: https://go.example.com.",
    ),
)
