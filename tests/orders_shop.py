"""A small shop with one feed of orders, whose files a test writes; imports run on the test's own database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine.data.batches import BatchReport
from journey_engine.data.feeds import import_feed
from journey_engine.language.catalog import Policy, Schema, Segment, Stages
from journey_engine.language.feed import Feed
from journey_engine.language.project import Project
from journey_engine.settings import Settings

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)  # 02:00 on 11 March in Taipei

ORDERS: dict[str, Any] = {
    "feed": "orders",
    "from": {"file": "data/*"},
    "arrives": "daily",
    "covers": {"to": "end of day", "zone": "Asia/Taipei"},
    "suite": "orders",
    "member": {"by": "customer_number", "from": "customer", "create": "yes"},
    "brings": [
        {
            "event": "purchase",
            "at": {"from": "at", "zone": "Asia/Taipei"},
            "key": "order_id",
            "value": "amount",
            "properties": {"store": "store"},
        }
    ],
}
SCHEMA = Schema.model_validate(
    {
        "attributes": {"name": {"type": "text"}, "birthday": {"type": "date"}, "points": {"type": "number"}},
        "events": {
            "purchase": {"value": "money", "key": "order_id", "properties": {"store": "text"}},
            "line": {"value": "money", "properties": {"sku": "text", "quantity": "number"}},
        },
    }
)
HEADER = "order_id,customer,at,amount,store\n"


def expectation(rule: str, type_: str, severity: str = "warning", **kwargs: Any) -> dict[str, Any]:
    return {"type": type_, "kwargs": kwargs, "severity": severity, "meta": {"rule": rule}}


@dataclass
class Shop:
    """The folder, the feed and the database of one test."""

    engine: Engine
    folder: Path
    feed: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(ORDERS)))
    segments: dict[str, str] = field(default_factory=dict)
    country: str | None = None
    stages: list[dict[str, Any]] = field(default_factory=lambda: [{"stage": "acquire", "otherwise": True}])
    policy: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "data").mkdir()
        (self.folder / "expectations").mkdir()
        self.expects()

    @property
    def settings(self) -> Settings:
        return Settings(project=self.folder)

    @property
    def project(self) -> Project:
        feed = Feed.model_validate(self.feed)
        segments = {
            n: Segment.model_validate({"segment": n, "title": n, "is": rule}) for n, rule in self.segments.items()
        }
        return Project(
            schema=SCHEMA,
            policy=Policy.model_validate({"zone": "Asia/Taipei", "phones": {"country": self.country}, **self.policy}),
            stages=Stages.model_validate({"stages": self.stages}),
            feeds={feed.feed: feed},
            segments=segments,
        )

    def expects(self, *rules: dict[str, Any]) -> None:
        """Write the suite of the feed."""
        suite = {"name": "orders", "expectations": list(rules), "meta": {}}
        (self.folder / "expectations" / "orders.json").write_text(json.dumps(suite), encoding="utf-8")

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / "data" / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, name: str | None = None, now: datetime = NOW, day: date | None = None, **more: Any) -> BatchReport:
        file = self.folder / "data" / name if name else None
        return import_feed(self.engine, self.project, self.settings, self.feed["feed"], now, day, file=file, **more)

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def one(self, query: str, **values: Any) -> Any:
        return self.rows(query, **values)[0][0]

    def covered(self) -> datetime | None:
        return next(iter(self.rows("select covered_to from coverage")), (None,))[0]


@pytest.fixture
def shop(database: Engine, tmp_path: Path) -> Shop:
    return Shop(database, tmp_path)


@pytest.fixture
def figures() -> Callable[[BatchReport], tuple[int, int, int, int]]:
    """(read, landed, already, quarantined) of a report, having checked that they add up."""

    def of(report: BatchReport) -> tuple[int, int, int, int]:
        assert report.read == report.landed + report.already + report.quarantined, report
        return report.read, report.landed, report.already, report.quarantined

    return of
