"""Scenarios are shown by the names their writers gave them, unescaped."""

from __future__ import annotations

from journey_engine.trying.trial import Told


def pytest_make_parametrize_id(val: object) -> str | None:
    return val.scenario.scenario if isinstance(val, Told) else None
