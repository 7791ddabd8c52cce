"""What passed between a member and the account outside of journeys: blocks, answers, sources, links; it judges none."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from journey_engine.explaining.sends import fate
from journey_engine.explaining.telling import Teller, beside
from journey_engine.explaining.visits import Line
from journey_engine.language.words import Words

REPLIES = "replies"  # what intents of answers stand under


def contact(teller: Teller) -> list[Line]:
    """In the order of time; nothing for a member who only followed and tapped, for her journeys tell that."""
    rows = teller.record.contact
    if all(row.name in ("follow", "click") for row in rows):
        return []
    return [Line(row.at, _told(row, teller)) for row in rows]


def _told(row: Row[Any], teller: Teller) -> Words:
    match row.name:
        case "follow" if row.properties.get("unblocked") == "yes":
            return Words("解除封鎖", "unblocked the account")
        case "follow":
            return Words("加入好友", "added the account")
        case "unfollow":
            return Words("封鎖帳號", "blocked the account")
        case "came_from":
            source = row.properties.get("source", "")
            return Words(f"說是從「{source}」來的", f"said to have come by “{source}”")
        case "click":
            return _tap(row, teller)
        case _:
            return _answer(row, teller)


def _tap(row: Row[Any], teller: Teller) -> Words:
    message = teller.titles.message(row.of or "")
    tapped = row.properties.get("link") or row.properties.get("button") or ""
    return Words(f"點了{message.zh}的「{tapped}」", f"tapped “{tapped}” of {message.en}")


def _answer(row: Row[Any], teller: Teller) -> Words:
    rule, name = teller.titles.rule(row.of or ""), row.properties.get("message")
    said = Words(f"符合回覆規則{rule.zh}", f"heard by the rule {rule.en}")
    if name is None:
        return said
    message = teller.titles.message(name)
    sent = [one for one in teller.record.intents if one.journey == REPLIES and one.step == row.of and one.at == row.at]
    answered = Words(f"{said.zh}，回覆{message.zh}", f"{said.en}, answered with {message.en}")
    return beside(answered, fate(sent[0], teller)) if sent else answered
