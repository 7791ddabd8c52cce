"""Pages without their drawings: most tests read what a page says, and drawing takes a second each."""

from __future__ import annotations

from typing import Any

import pytest

from journey_engine.language.words import Words
from journey_engine.reporting import charts
from journey_engine.reporting.contents import Figure


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts are put together, and not drawn: test_whole.py draws them."""

    def only_its_words(_alt: Any, _chart: Any, caption: Words) -> Figure:
        return Figure('<svg xmlns="http://www.w3.org/2000/svg"></svg>', caption)

    monkeypatch.setattr(charts, "_figure", only_its_words)
