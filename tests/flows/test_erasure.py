"""A person who went through a night is named neither in our database nor in Prefect's once she was erased."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from flows.nightly import nightly
from flows.tick import tick
from journey_engine.inbox import inbox
from journey_engine.members import erasing
from journey_engine.planning import live_project
from tests.flows.conftest import Server, _drain
from tests.flows.test_nightly import DAY, HEAD, NIGHT, orders
from tests.flows.world import go_live
from tests.members.test_canary import CANARY, dumped

pytestmark = pytest.mark.slow
__all__ = ["orders"]

HER_LINE = "Ucanary0000000000000000000000000f"
ROWS = HEAD + f"1,{CANARY},2026-11-20 10:00,300\n2,ben,2026-11-20 11:00,500\n3,{CANARY},soon,{CANARY}\n"


def said(kind: str, at: datetime, **more: Any) -> dict[str, Any]:
    source = {"type": "user", "userId": HER_LINE}
    return {"type": kind, "timestamp": int(at.timestamp() * 1000), "source": source, "webhookEventId": kind, **more}


def test_neither_database_names_who_was_erased(server: Server, app: Engine, orders: Callable[[str], Any]) -> None:
    orders(ROWS)
    with app.begin() as conn:
        go_live(conn, server.settings.project)
        words = {"message": {"type": "text", "id": "1", "text": f"I am {CANARY}"}}
        inbox.store(conn, [said("follow", NIGHT), said("message", NIGHT, **words)], NIGHT)
    assert nightly(NIGHT, DAY, return_state=True).is_completed()
    assert tick(NIGHT, return_state=True).is_completed()
    prefects = create_engine(
        make_url(os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"]).set(drivername="postgresql+psycopg")
    )
    with app.begin() as conn:
        hers = list(conn.execute(text("select distinct member_id from identities where value in (:a, :b)"),
                                 {"a": CANARY, "b": HER_LINE}).scalars())  # fmt: skip
        project = live_project(conn)
    assert len(hers) == 2
    assert CANARY in dumped(app)
    assert HER_LINE in dumped(app)
    erasing.forget(app, project, hers, "陳怡君", "asked by mail", NIGHT)
    _drain()
    for name, dump in (("ours", dumped(app)), ("Prefect's", dumped(prefects))):
        assert len(dump) > 10_000, f"{name} is empty"
        assert CANARY not in dump, name
        assert HER_LINE not in dump, name
    prefects.dispose()
