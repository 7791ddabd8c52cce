"""What the phone page shows: friends with their last words, one friend's chat, and the page's own files; read-only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from journey_engine.sandbox.channel import Channel
from journey_engine.sandbox.control import reply_json, whole_number
from journey_engine.sandbox.friends import Friend
from journey_engine.sandbox.journal import Record

FRIENDS_PAGE, CHAT_PAGE = 50, 30
Previews = Callable[[], Sequence[dict[str, Any]]]
PHONE = Path(__file__).parent / "phone"
_FILES = {path.name: path for path in PHONE.iterdir() if path.suffix in (".js", ".css")}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
# Everything the page needs it has: nothing else may be fetched but pictures, if asked for; no script of a message runs.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:{pictures}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY.format(pictures=""),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
_PREVIEWS = {
    "text": "",
    "textV2": "",
    "image": "〔圖片〕",
    "video": "〔影片〕",
    "audio": "〔語音〕",
    "sticker": "〔貼圖〕",
    "location": "〔位置〕",
    "coupon": "〔優惠券〕",
}


class Chats:
    """The page at `/` and what it reads of one channel."""

    def __init__(self, channel: Channel, previews: Previews | None = None) -> None:
        self.channel = channel
        self._previews = previews

    def routes(self) -> list[Route]:
        """The page, its files, the list of friends and each one's chat."""
        return [
            Route("/", self.page),
            Route("/phone/{name}", self.file),
            Route("/sandbox/friends", self.friends),
            Route("/sandbox/friends/{user}/chat", self.chat),
            Route("/sandbox/previews", self.previews),
        ]

    async def page(self, request: Request) -> Response:
        """The phone page; only `?pictures` lets it load the account's pictures from the network."""
        headers = dict(_HEADERS)
        if "pictures" in request.query_params:
            headers["content-security-policy"] = _POLICY.format(pictures=" https:")
        return FileResponse(PHONE / "index.html", headers=headers, media_type=_TYPES[".html"])

    async def file(self, request: Request) -> Response:
        """One of the page's own scripts and sheets."""
        path = _FILES.get(request.path_params["name"])
        if path is None:
            return reply_json({"message": "Not found"}, 404)
        return FileResponse(path, headers=_HEADERS, media_type=_TYPES[path.suffix])

    async def friends(self, request: Request) -> Response:
        """A page of accounts by `search` (name or id), those with the newest chats first."""
        offset = max(0, whole_number(request, "offset", 0))
        limit = max(1, min(whole_number(request, "limit", FRIENDS_PAGE), 1_000))
        found, total = self.channel.friends.search(request.query_params.get("search", ""), offset, limit)
        return reply_json({"friends": [self._listed(friend) for friend in found], "total": total, "offset": offset})

    async def chat(self, request: Request) -> Response:
        """The newest entries of one friend's chat, or those before the entry `before`; oldest first."""
        friend = self.channel.friends.the(request.path_params["user"])
        limit = max(1, min(whole_number(request, "limit", CHAT_PAGE), 200))
        end = min(len(friend.chat), max(0, whole_number(request, "before", len(friend.chat))))
        start = max(0, end - limit)
        entries = [_entry(index, self.channel.journal.read(friend.chat[index])) for index in range(start, end)]
        loading = self.channel.loading.get(friend.id, 0.0) > self.channel.instants.elapsed()
        read = self.channel.read.get(friend.id, 0)
        about = {"id": friend.id, "name": friend.name, "status": friend.status, "loading": loading, "read": read}
        return reply_json({"friend": about, "entries": entries, "total": len(friend.chat)})

    async def previews(self, _request: Request) -> Response:
        """The project's messages as the page draws them; none if the sandbox was started without a project."""
        found: Sequence[dict[str, Any]] = [] if self._previews is None else await run_in_threadpool(self._previews)
        return reply_json({"previews": found})

    def _listed(self, friend: Friend) -> dict[str, Any]:
        row: dict[str, Any] = {"id": friend.id, "name": friend.name, "status": friend.status, "last": "", "at": None}
        if friend.chat:
            record = self.channel.journal.read(friend.chat[-1])
            entry = _entry(0, record)
            row["at"] = entry["at"]
            row["last"] = _preview(record["messages"][-1]) if record["k"] == "accept" else entry["text"]
        return row


def _entry(index: int, record: Record) -> dict[str, Any]:
    """One line of a chat: `from` account (with messages and the number by which to tap them) or friend (with text)."""
    if record["k"] == "accept":
        return {
            "index": index,
            "from": "account",
            "at": record["at"],
            "acceptance": record["n"],
            "endpoint": record["ep"],
            "silent": record.get("silent", False),
            "messages": record["messages"],
        }
    event: dict[str, Any] = record["event"]
    entry = {"index": index, "from": "friend", "at": event["timestamp"], "type": event["type"], "text": record["shown"]}
    if "message" in event:
        entry["number"] = int(str(event["message"].get("markAsReadToken", "")).rpartition("-")[2] or 0)
        entry["message"] = {name: event["message"].get(name) for name in ("id", "type", "packageId", "stickerId")}
    if "unsend" in event:
        entry["unsent"] = event["unsend"].get("messageId")
    return entry


def _preview(message: dict[str, Any]) -> str:
    words = _PREVIEWS.get(message["type"])
    return words or str(message.get("text") or message.get("altText") or "")[:80]
