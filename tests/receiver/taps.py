"""A shop whose messages have links, the receiver they lead to, and a browser; and what was kept of taps."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from journey_engine import clock
from journey_engine.receiver.redirecting import Redirector
from journey_engine.receiver.serving import application, open_desk, server_for
from journey_engine.running import places
from journey_engine.settings import Settings
from tests.line.shop import NOON, Shop

SHOP = "https://shop.example/new?from=line#top"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML) Safari Line/15.1.0"
NEWS: dict[str, Any] = {
    "topic": "promotion",
    "alt": "看看",
    "say": [{"template": "buttons", "text": "新品", "buttons": [{"label": "去逛逛", "opens": SHOP}]}],
}


@contextmanager
def receiving(links: Redirector, folder: Path) -> Iterator[httpx.Client]:
    """A receiver that leads links on by this redirector, and a browser that follows nothing."""
    with links, open_desk(links._engine, Settings(project=folder)) as desk:
        listener = places.bind(14271)
        server = server_for(application(replace(desk, links=links)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=address, trust_env=False, timeout=10) as client:
            yield client
        server.should_exit = True
        thread.join()


def taipei() -> str:
    return "Asia/Taipei"


class Taps:
    """A shop that sent `news` to members 1 to `count`, and the receiver their links lead to."""

    def __init__(self, shop: Shop, count: int, client: httpx.Client, links: Redirector, told: list[int]) -> None:
        self.shop = shop
        self.client = client
        self.links = links
        self.told = told
        with shop.engine.begin() as connection:
            clock.set_to(connection, NOON)
        self.members = shop.members(count)
        for member in self.members:
            shop.due(member, "news", step="second")
        shop.send()
        sent = shop.run("select convert_from(body, 'utf8') from requests order by id")
        self.tokens = [re.findall(r"/r/([\w-]+)", body)[0] for (body,) in sent]

    def tap(self, token: str, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(f"/r/{token}", headers={"user-agent": PHONE, **named})

    def later(self, length: timedelta) -> None:
        with self.shop.engine.begin() as connection:
            clock.advance_to(connection, clock.now(connection) + length)

    def heard(self) -> list[int]:
        """Whose taps became events, as who moves members is told: after the commit, perhaps after the answer."""
        until = time.monotonic() + 30
        while not self.told and time.monotonic() < until:
            time.sleep(0.01)
        return self.told

    def clicks(self) -> list[tuple[int | None, bool]]:
        """(member, counted) of every click that was kept."""
        return self.shop.run("select member_id, counted from clicks order by id")

    def events(self) -> list[tuple[Any, ...]]:
        return self.shop.run(
            """select member_id, "of", properties from events where name = 'click' and source = 'link' order by id"""
        )
