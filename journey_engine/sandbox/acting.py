"""What friends do — tap, write, follow, block — as webhook events in LINE's own shape; it sends them nowhere."""

from __future__ import annotations

import secrets
from typing import Any

from journey_engine.errors import JourneysError
from journey_engine.sandbox.belongings import SHOWN, belonging
from journey_engine.sandbox.channel import READ_TOKEN, Acceptance, Channel
from journey_engine.sandbox.complaints import is_object
from journey_engine.sandbox.friends import Friend, friend_row
from journey_engine.sandbox.messages import actions_in
from journey_engine.sandbox.words import quote_token

# webhook.yml: the events without a replyToken.
_UNANSWERABLE = ("unfollow", "unsend", "leave", "memberLeft", "module", "activated", "deactivated", "delivery")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class ActRefused(JourneysError):
    """A friend was asked to do what that friend cannot do on a real phone."""

    def __init__(self, reason: str, act: object) -> None:
        super().__init__(
            reason,
            "Give user and do: tap (with acceptance and action, both numbers from 0), write (with text), send (with "
            f"message, one of {', '.join(SHOWN)}), watch (with acceptance and tracking), unsend (with message, its "
            f"id), follow, block, or tell (with event, raw webhook JSON). Given: {act!r}.",
            "act",
        )


def perform(channel: Channel, act: Any) -> dict[str, Any]:
    """Let a friend act; what came of it: `events` (webhook JSON, journalled and numbered) or `opened`, a URI.

    `act` is `{user, do: tap | write | send | watch | unsend | follow | block | tell, …}`; `at` (ms, calendar) dates it
    back, default now. A tap names an acceptance of the ledger and the place of the action in it, counted as
    `actions_in` does. Raises ActRefused or NoSuchFriend.
    """
    if not is_object(act):
        raise ActRefused("An act is a JSON object.", act)
    said: dict[str, Any] = act
    user: Any = said.get("user")
    at: Any = said.get("at") or channel.instants.now_ms()
    if not isinstance(at, int):
        raise ActRefused("`at` is milliseconds since 1970.", act)
    if said.get("do") == "follow":
        return _follow(channel, said, at)
    friend = channel.friends.the(str(user))
    if friend.status == "deleted":
        raise ActRefused("A deleted account does nothing.", act)
    return _does(channel, friend, said, at)


def _does(channel: Channel, friend: Friend, said: dict[str, Any], at: int) -> dict[str, Any]:
    match said.get("do"):
        case "tap":
            return _tap(channel, friend, said, at)
        case "write":
            written: Any = said.get("text")
            if not isinstance(written, str) or not written:
                raise ActRefused("There is no text to write.", said)
            return _write(channel, friend, written, at)
        case "send":
            return _send(channel, friend, said, at)
        case "watch":
            return _watch(channel, friend, said, at)
        case "unsend":
            return _unsend(channel, friend, said, at)
        case "block":
            if friend.status == "blocked":
                raise ActRefused("This friend has blocked the channel already.", said)
            _set_status(channel, friend, "blocked")
            return _happened(channel, friend.id, _event("unfollow", friend.id, at), "封鎖了官方帳號")
        case "tell":
            return _tell(channel, friend, said, at)
        case _:
            raise ActRefused("No such act.", said)


def _follow(channel: Channel, said: dict[str, Any], at: int) -> dict[str, Any]:
    row = friend_row({"id": said.get("user"), "name": said.get("name")})
    friend = channel.friends.get(row[0])
    if friend is not None and friend.status == "deleted":
        raise ActRefused("A deleted account does nothing.", said)
    unblocked = friend is not None and friend.status == "blocked"
    channel.change({"k": "friends", "rows": [row]})
    event = _event("follow", row[0], at, follow={"isUnblocked": unblocked})
    return _happened(channel, row[0], event, "解除封鎖" if unblocked else "加入好友")


def _write(channel: Channel, friend: Friend, written: str, at: int) -> dict[str, Any]:
    number = _message_number(channel)
    message = {"type": "text", "id": number, "quoteToken": quote_token(number), "text": written}
    return _happened(channel, friend.id, _event("message", friend.id, at, message=_markable(channel, message)), written)


def _markable(channel: Channel, message: dict[str, Any]) -> dict[str, Any]:
    return {**message, "markAsReadToken": f"{READ_TOKEN}{len(channel.events) + 1}"}


def _message_number(channel: Channel) -> str:
    return str(600_000_000_000_000_000 + len(channel.events))


def _send(channel: Channel, friend: Friend, said: dict[str, Any], at: int) -> dict[str, Any]:
    kind: Any = said.get("message")
    if kind not in SHOWN:
        raise ActRefused("A friend cannot send that.", said)
    message = _markable(channel, belonging(kind, _message_number(channel)))
    return _happened(channel, friend.id, _event("message", friend.id, at, message=message), SHOWN[kind])


def _watch(channel: Channel, friend: Friend, said: dict[str, Any], at: int) -> dict[str, Any]:
    tracked = {message.get("trackingId") for message in _reached(channel, friend, said).messages}
    tracking: Any = said.get("tracking")
    if not isinstance(tracking, str) or tracking not in tracked:
        raise ActRefused("That message has no video with this tracking id.", said)
    event = _event("videoPlayComplete", friend.id, at, videoPlayComplete={"trackingId": tracking})
    return _happened(channel, friend.id, event, "看完了影片")


def _unsend(channel: Channel, friend: Friend, said: dict[str, Any], at: int) -> dict[str, Any]:
    number: Any = said.get("message")
    chat = [channel.journal.read(offset) for offset in friend.chat]
    events = [record["event"] for record in chat if record["k"] == "event"]
    own = {event["message"].get("id") for event in events if "message" in event}
    gone = {event["unsend"].get("messageId") for event in events if "unsend" in event}
    if not isinstance(number, str) or number not in own - gone:
        raise ActRefused("This friend has sent no such message, or has taken it back.", said)
    event = _event("unsend", friend.id, at, unsend={"messageId": number})
    return _happened(channel, friend.id, event, "收回了一則訊息")


def _tap(channel: Channel, friend: Friend, said: dict[str, Any], at: int) -> dict[str, Any]:
    action = _action_of(channel, friend, said)
    value: Any = said.get("value")
    match action.get("type"):
        case "message":
            return _write(channel, friend, action["text"], at)
        case "postback":
            return _postback(channel, friend, action, None, at)
        case "datetimepicker":
            picked = value if isinstance(value, str) else action.get("initial")
            if not isinstance(picked, str):
                raise ActRefused("A date picker needs the value that was picked.", said)
            return _postback(channel, friend, action, {str(action["mode"]): picked}, at)
        case "richmenuswitch":
            params = {"newRichMenuAliasId": str(action["richMenuAliasId"]), "status": "SUCCESS"}
            return _postback(channel, friend, action, params, at)
        case "uri":
            link: str = action.get("uri") or action["linkUri"]
            channel.change({"k": "opened", "user": friend.id, "uri": link, "at": at})
            return {"events": [], "opened": link}
        case _:
            return {"events": []}


def _tell(channel: Channel, friend: Friend, said: dict[str, Any], at: int) -> dict[str, Any]:
    """Any webhook event, for what this sandbox's phone cannot do: LINE's usual fields stand where none are given."""
    given: Any = said.get("event")
    if not is_object(given) or not isinstance(given.get("type"), str):
        raise ActRefused("There is no event with a type to tell of.", said)
    kind: str = given["type"]
    event = {**_event(kind, friend.id, at), **given}
    return _happened(channel, friend.id, event, f"({kind})")


def _reached(channel: Channel, friend: Friend, said: dict[str, Any]) -> Acceptance:
    acceptance = said.get("acceptance")
    if not isinstance(acceptance, int) or not 0 <= acceptance < len(channel.acceptances):
        raise ActRefused("The ledger has no such acceptance.", said)
    taken = channel.acceptance(acceptance)
    if friend.id not in taken.to or friend.id in taken.missed:
        raise ActRefused("That message did not reach this friend.", said)
    return taken


def _action_of(channel: Channel, friend: Friend, said: dict[str, Any]) -> dict[str, Any]:
    place, actions = said.get("action"), actions_in(_reached(channel, friend, said).messages)
    if not isinstance(place, int) or not 0 <= place < len(actions):
        raise ActRefused(f"That message has {len(actions)} actions.", said)
    return actions[place]


def _postback(
    channel: Channel, friend: Friend, action: dict[str, Any], params: dict[str, str] | None, at: int
) -> dict[str, Any]:
    postback: dict[str, Any] = {"data": action["data"]}
    if params:
        postback["params"] = params
    # LINE shows displayText as the friend's own words; the older `text` is sent as a message as well.
    shown = action.get("displayText") or ""
    done = _happened(channel, friend.id, _event("postback", friend.id, at, postback=postback), shown)
    if action.get("text"):
        done["events"] += _write(channel, friend, action["text"], at)["events"]
    return done


def _set_status(channel: Channel, friend: Friend, status: str) -> None:
    channel.change({"k": "friends", "rows": [[friend.id, friend.name, status, friend.language]]})


def _event(kind: str, user: str, at: int, **content: Any) -> dict[str, Any]:
    """A webhook event as webhook.yml has it; some kinds carry no reply token."""
    event: dict[str, Any] = {
        "type": kind,
        "mode": "active",
        "timestamp": at,
        "source": {"type": "user", "userId": user},
        "webhookEventId": ulid(at),
        "deliveryContext": {"isRedelivery": False},
        **content,
    }
    if kind not in _UNANSWERABLE:
        event["replyToken"] = secrets.token_hex(16)
    return event


def _happened(channel: Channel, user: str, event: dict[str, Any], shown: str) -> dict[str, Any]:
    channel.change({"k": "event", "on": channel.instants.elapsed(), "user": user, "event": event, "shown": shown})
    return {"events": [event]}


def ulid(at: int) -> str:
    """A ULID of this instant (ms): ten characters of time, sixteen of chance."""
    number = (at & (2**48 - 1)) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
