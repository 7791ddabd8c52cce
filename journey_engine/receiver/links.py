"""`/r/TOKEN`: leads a tap on to where its link goes, and nowhere else; it stores nothing itself."""

from __future__ import annotations

import html
from typing import assert_never
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from journey_engine.language.words import Words
from journey_engine.receiver.clicks import Nowhere
from journey_engine.receiver.desk import Desk
from journey_engine.receiver.grouping import NotStored, Unstorable
from journey_engine.receiver.visitors import is_person

# Nobody keeps the answer (each tap is to be seen), and the shop is not told the link's own address.
_HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"}
NO_LINK = Words("找不到這個連結。", "There is no such link.")
_OVER = Words("這個連結已經過期了。", "This link has expired.")
_AWAY = Words("暫時打不開，請稍後再點一次。", "This cannot be opened just now. Please tap again in a moment.")
_URL_SIGNS = "%/:?#[]@!$&'()*+,;=~"
_PAGE = """<!doctype html><html lang="zh-Hant"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{zh}</title><style>body{{font:18px/1.6 system-ui,sans-serif;margin:20vh auto 0;max-width:22em;padding:0 1em;
text-align:center;color:#333}}small{{color:#777}}</style><p>{zh}<br><small lang="en">{en}</small></p></html>"""


def routes(desk: Desk) -> list[BaseRoute]:
    """The receiver's route for links."""

    async def answer(request: Request) -> Response:
        try:
            token = await desk.links.unseal(request.path_params["token"])
            if token is None:
                return page(404, NO_LINK)
            target = await desk.links.follow(token, is_person(request.method, request.headers))
        except (NotStored, Unstorable):
            return page(503, _AWAY)
        match target:
            case str():
                return to(target)
            case Nowhere.EXPIRED:
                return page(410, _OVER)
            case Nowhere.UNKNOWN:
                return page(404, NO_LINK)
            case _:
                assert_never(target)

    return [Route("/r/{token}", answer, methods=["GET", "HEAD"])]


def to(target: str) -> Response:
    """A redirect to exactly this address; what no header can carry is percent-encoded."""
    return Response(status_code=302, headers={**_HEADERS, "location": quote(target, safe=_URL_SIGNS)})


def page(status: int, words: Words) -> HTMLResponse:
    """A sentence in both languages for whoever tapped."""
    said = _PAGE.format(zh=html.escape(words.zh), en=html.escape(words.en))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return HTMLResponse(said, status, {**_HEADERS, "content-security-policy": policy})
