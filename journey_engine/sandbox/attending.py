"""Signs of attention in a chat: the loading animation and marks of reading; they last no longer than this process."""

from __future__ import annotations

from typing import Any

import orjson

from journey_engine.sandbox import words
from journey_engine.sandbox.channel import Channel
from journey_engine.sandbox.complaints import Complaints, complain, is_object
from journey_engine.sandbox.friends import USER_ID
from journey_engine.sandbox.words import Answer

_LOADING_USUAL = 20


def show_loading(channel: Channel, body: bytes) -> Answer:
    """`/chat/loading/start`: 202; shown to a friend who has the chat open, for 5 to 60 seconds in steps of 5."""
    given = _parse(body)
    out: Complaints = []
    chat, seconds = given.get("chatId"), given.get("loadingSeconds", _LOADING_USUAL)
    if not isinstance(chat, str) or not USER_ID.fullmatch(chat):
        complain(out, "May not be empty" if not chat else "invalid property", "chatId")
    if not isinstance(seconds, int) or not 5 <= seconds <= 60 or seconds % 5:
        complain(out, "must be a multiple of 5 between 5 and 60", "loadingSeconds")
    if out:
        return words.body_errors(out)
    channel.loading[str(chat)] = channel.instants.elapsed() + float(seconds)
    return words.answer(202)


def mark_read(channel: Channel, body: bytes) -> Answer:
    """`/chat/markAsRead`: everything up to the message whose token this is."""
    token: Any = _parse(body).get("markAsReadToken")
    marked = channel.marked_by(token) if isinstance(token, str) else None
    if marked is None:
        return words.error(400, words.INVALID_READ_TOKEN)
    channel.read[marked[0]] = marked[1]
    return words.answer(200)


def mark_chat_read(channel: Channel, body: bytes) -> Answer:
    """`/message/markAsRead`, the older one: everything in a user's chat."""
    chat: Any = _parse(body).get("chat")
    user: Any = chat.get("userId") if is_object(chat) else None
    if not isinstance(user, str) or not USER_ID.fullmatch(user):
        return words.invalid_property("chat.userId")
    channel.read[user] = len(channel.events)
    return words.answer(200)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        given: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return given if is_object(given) else {}
