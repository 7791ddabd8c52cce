"""A receiver for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.receiver.desk import Reception, reception


@pytest.fixture
def receiver(database: Engine, tmp_path: Path) -> Iterator[Reception]:
    """A receiver on a fresh database, to which nothing was applied."""
    with reception(database, tmp_path) as running:
        yield running
