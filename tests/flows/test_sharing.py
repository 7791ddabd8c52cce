"""Other workers are called to a large pass: as many as serve the pool beside the one that walks it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from flows.share import share
from tasks import sharing

NOW = datetime(2026, 3, 2, 2, 1, tzinfo=UTC)


@dataclass
class Pool:
    """A Prefect server with these workers, as far as a pass asks for it."""

    statuses: list[str]
    called: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def read_workers_for_work_pool(self, name: str) -> list[Any]:
        assert name == "journeys"
        return [SimpleNamespace(status=SimpleNamespace(value=status)) for status in self.statuses]

    def read_deployment_by_name(self, name: str) -> Any:
        assert name == f"{share.name}/share"
        return SimpleNamespace(id="the share's")

    def create_flow_run_from_deployment(self, _deployment: Any, *, parameters: dict[str, Any]) -> None:
        share.validate_parameters(parameters)
        self.called.append(parameters)


@pytest.mark.parametrize(
    ("statuses", "helpers"),
    [(["ONLINE", "ONLINE", "OFFLINE", "ONLINE"], 2), (["ONLINE"], 0), ([], 0)],
)
def test_each_other_worker_is_called_once(monkeypatch: pytest.MonkeyPatch, statuses: list[str], helpers: int) -> None:
    pool = Pool(statuses)
    monkeypatch.setattr(sharing, "get_client", lambda **_: pool)
    monkeypatch.setattr(sharing, "get_run_logger", logging.getLogger)

    sharing.shared(SimpleNamespace(now=NOW)).call("welcome", 7)

    assert pool.called == [{"journey": "welcome", "run": 7, "now": "2026-03-02T02:01:00+00:00"}] * helpers


def test_a_server_that_does_not_answer_costs_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(**_: Any) -> Any:
        raise ConnectionError

    monkeypatch.setattr(sharing, "get_client", gone)
    monkeypatch.setattr(sharing, "get_run_logger", logging.getLogger)

    sharing.shared(SimpleNamespace(now=NOW)).call("welcome", 7)

    assert "No other worker could be called: ConnectionError" in caplog.text
