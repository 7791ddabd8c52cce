"""What every test may ask for: a fresh migrated database, an empty one, and the shared example data."""

from __future__ import annotations

import gc
import os
import ssl
from collections.abc import Callable, Generator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from sqlalchemy import Engine

from journey_engine import cycles
from tests.databases import Databases, tests_cluster

pytest_plugins = ["tests.orders_shop", "tests.real_years", "tests.sandbox_fixtures", "tests.agreement.quotas"]

ROOT = Path(__file__).resolve().parent.parent

# `make long` plays whole what `make test` plays in a slice: same promises, more rows and more drawn examples.
LONG = bool(os.environ.get("LONG_TESTS"))


def examples(number: int) -> int:
    """So many drawn examples, and a third of them in the short form."""
    return number if LONG else max(1, number // 3)


# How fast a machine draws examples is nothing that a test asserts.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

# What is drawn depends on no constant that happens to stand in our files, and none of them is read for it.
providers.is_local_module_file = lambda path: False

# A million objects are made before the first test, and nearly all of them stay.
cycles.look_seldom()
# LINE's client reads the system's certificates each time it is made: as long as a short test takes.
ssl.create_default_context = cache(ssl.create_default_context)

# Tests never reach a database or a LINE channel that the developer's environment names.
for _name in ("DATABASE_URL", "LINE_CHANNEL_ID", "LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN"):
    os.environ.pop(_name, None)


# Tests that share something which takes long to make, by how their names begin: one process plays them all.
_TOGETHER = {
    "tests/calling/test_crashes": "processes beside",
    "tests/data/test_kill": "processes beside",
    "tests/demo/": "the fortnight",
    "tests/flows/": "Prefect's server",
    "tests/gate/test_quarantine_kill": "processes beside",
    "tests/line/test_crashes": "processes beside",
    "tests/line/test_erasure": "processes beside",
    "tests/line/test_residing": "processes beside",
    "tests/line/test_tokens": "processes beside",
    "tests/measures/": "real years",
    "tests/members/test_merging.py": "processes beside",
    "tests/moving/test_sharing": "processes beside",
    "tests/reporting/test_writing": "real years",
    "tests/store/test_embedded": "processes beside",
}

# What takes longest comes first, so that the processes end together.
_LONGEST = (
    "tests/flows/",
    "tests/demo/",
    "tests/agreement/test_agreement",
    "tests/scenarios/",
    "tests/line/test_crashes",
    "tests/measures/",
    "tests/agreement/",
    "tests/moving/test_golden_law",
    "tests/planning/test_edits_in_flight",
    "tests/chaos/",
    "tests/starting/",
    "tests/data/test_complete_journey",
    "tests/benchmarks/",
)


def pytest_configure(config: pytest.Config) -> None:
    """Each process of `make test` begins to read the tests elsewhere: a file is compiled once, not by all of them."""
    worker = getattr(config, "workerinput", None)
    if worker and config.args == config.getini("testpaths"):
        places = sorted(map(str, [*ROOT.glob("tests/[!_]*/"), *ROOT.glob("tests/test_*.py")]))
        begin = len(places) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
        config.args = places[begin:] + places[:begin]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> tuple[int, Path]:
        rank = next((n for n, begins in enumerate(_LONGEST) if item.nodeid.startswith(begins)), len(_LONGEST))
        return rank, item.path

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What is imported stays: it is not looked at again each time that garbage is sought, which comes seldom."""
    gc.freeze()  # with what little garbage lies between: to seek it takes a second


def pytest_sessionfinish() -> None:
    """Of what lies about only the latest is looked at: pytest would read through all that was ever compiled, twice."""
    gc.collect(1)
    gc.freeze()


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One process more than cores: what a killed server or a started one is waited for, others compute."""
    return (yield) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`make test` uses every core: each process takes whole files, or all that share something."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return next((shared for begins, shared in _TOGETHER.items() if file.startswith(begins)), file)

    config.option.loadscopereorder = False
    return Together(config, log)


@pytest.fixture(scope="session")
def databases() -> Generator[Databases]:
    made = Databases(tests_cluster())
    yield made
    made.close()


@pytest.fixture
def database(databases: Databases) -> Generator[Engine]:
    """A database of this test's own with all tables, empty of rows."""
    with databases.empty() as engine:
        yield engine


@pytest.fixture
def two_databases(database: Engine, databases: Databases) -> Generator[tuple[Engine, Engine]]:
    """Two such databases, for what two ways have to agree on."""
    with databases.empty() as another:
        yield database, another


@pytest.fixture
def empty_database(databases: Databases) -> Generator[Engine]:
    """A database of this test's own without any table."""
    with databases.fresh(migrated=False) as engine:
        yield engine


@pytest.fixture(scope="module")
def make_database(databases: Databases) -> Generator[Callable[[], Engine]]:
    """Makes as many migrated databases as asked; they live until the module's tests are done."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(databases.empty())


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of example data beside the checkout; tests that read it are skipped where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the example data is not here: no folder `shared` beside the checkout")
    return folder
