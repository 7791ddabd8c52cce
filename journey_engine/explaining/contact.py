"""What passed between a member and the account outside of journeys: blocks, answers, sources, links; it judges none."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from journey_engine.explaining.sends import fate
from journey_engine.explaining.telling import Teller, beside
from journey_engine.explaining.visits import Line
from journey_engine.language.words import Words
from journey_engine.saying.answers import named

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
        case "answer":
            return _survey(row, teller)
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
    answered = Words(f"{said.zh}，回覆{message.zh}", f"{said.en}, answered with {message.en}")
    sent = _sent(row, teller)
    return beside(answered, fate(sent, teller)) if sent else answered


def _survey(row: Row[Any], teller: Teller) -> Words:
    """The answer to a question of a survey, and the message that followed: the next question, or the thanks."""
    survey, told = teller.titles.survey(row.of or ""), row.properties
    band = named(told["band"]) if "band" in told else None
    given = Words(*[told["answer"]] * 2) if "answer" in told else Words("略過", "passed by")
    zh, en = (f"（{band.zh}）", f" ({band.en})") if band and told["band"] != told.get("answer") else ("", "")
    none = Words("，不算回答", ", which is no answer") if "outside" in told else Words("", "")
    question = told.get("question", "")
    said = Words(
        f"問卷{survey.zh} {question}：{given.zh}{zh}{none.zh}",
        f"survey {survey.en}, {question}: {given.en}{en}{none.en}",
    )
    sent = _sent(row, teller)
    if sent is None:
        return said
    message = teller.titles.message(sent.message)
    after = Words(f"{said.zh}；接著是{message.zh}", f"{said.en}; then {message.en}")
    return beside(after, fate(sent, teller))


def _sent(row: Row[Any], teller: Teller) -> Row[Any] | None:
    """The message that answered, if one was meant to."""
    meant = (one for one in teller.record.intents if one.journey == REPLIES and one.step == row.of and one.at == row.at)
    return next(meant, None)
