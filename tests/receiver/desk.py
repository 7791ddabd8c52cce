"""A receiver that listens on a port of its own beside a test, and LINE's side of it: signed requests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, text

from journey_engine.receiver.serving import application, open_desk, server_for
from journey_engine.running import places
from journey_engine.settings import LineCredentials, Settings

SECRET = "channel secret of the tests"


def signature(body: bytes, secret: str = SECRET) -> str:
    """What LINE writes into X-Line-Signature, reckoned without the SDK."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def event(number: str, kind: str = "follow", user: str = "U1", at: int | None = None, **more: Any) -> dict[str, Any]:
    """One webhook event, of now unless `at` (ms) says otherwise."""
    return {
        "type": kind,
        "mode": "active",
        "timestamp": at or int(time.time() * 1000),
        "source": {"type": "user", "userId": user},
        "webhookEventId": number,
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"token-{number}",
        **more,
    }


@dataclass
class Reception:
    """A running receiver, as LINE and a shop see it."""

    url: str
    engine: Engine
    http: httpx.Client

    def deliver(self, *events: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        """What LINE posts, signed."""
        return self.post(json.dumps({"destination": "Uoa", "events": list(events)}).encode(), headers)

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        """Any body, signed as LINE signs unless `headers` are given."""
        signed = {"x-line-signature": signature(body), "content-type": "application/json"}
        return self.http.post(f"{self.url}/line/webhook", content=body, headers=signed if headers is None else headers)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


@contextmanager
def reception(engine: Engine, folder: Path, secret: str = SECRET) -> Iterator[Reception]:
    """A receiver on this database until the block ends; `folder` is its project's."""
    settings = Settings(project=folder, line=LineCredentials(channel_secret=secret))
    with open_desk(engine, settings) as desk:
        listener = places.bind(14271)
        server = server_for(application(desk))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        with httpx.Client(trust_env=False, timeout=10) as http:
            yield Reception(f"http://127.0.0.1:{listener.getsockname()[1]}", engine, http)
        server.should_exit = True
        thread.join()
