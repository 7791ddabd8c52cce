"""A journey begun from a template: its files, what the schema lacked, and that nothing is overwritten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from journey_engine import cli
from journey_engine.language.check import check
from journey_engine.starting import shelf
from journey_engine.starting.copying import begin
from journey_engine.starting.schema_lines import Lack, read_schema, with_lines
from tests.conftest import ROOT

TEMPLATES = shelf.templates()


@pytest.fixture
def brand(tmp_path: Path) -> Path:
    """The journeys of this repository, without the templates."""
    shutil.copytree(ROOT / "journeys", tmp_path / "journeys", ignore=shutil.ignore_patterns("templates"))
    shutil.copytree(ROOT / "expectations", tmp_path / "expectations")
    return tmp_path


def texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")}


def test_the_templates_are_the_nine_of_the_field() -> None:
    assert TEMPLATES == (
        "abandoned_cart",
        "appointment",
        "birthday_month",
        "nps_quarter",
        "onboarding",
        "product_review",
        "renewal",
        "replenishment",
        "win_back",
    )


def test_all_of_them_can_be_begun_in_one_brand_and_pass_check(brand: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for template in TEMPLATES:
        assert cli.run(["new", f"our_{template}", "--from", template, "--project", str(brand)]) == 0

    # This brand's policy names no country, and one template asks for workdays: its begetter is told.
    assert [(finding.severity, finding.file) for finding in check(brand).findings] == [
        ("warning", "journeys/our_renewal.yaml")
    ]
    assert {journey for journey in check(brand).project.journeys if journey.startswith("our_")} == {
        f"our_{template}" for template in TEMPLATES
    }
    told = capsys.readouterr().out
    assert "先試演：journeys try our_win_back" in told
    assert "workdays 只會避開週末。請加上 calendar: {country: TW}" in told


def test_a_new_journey_is_a_draft_with_its_own_messages_segments_and_scenarios(brand: Path) -> None:
    begin(brand, "come_back", "win_back").write()

    project = check(brand).project
    assert project is not None
    journey = project.journeys["come_back"]
    assert (journey.status, journey.enter.joins) == ("draft", "come_back_lapsed")
    assert sorted(name for name in project.messages if name.startswith("come_back")) == [
        "come_back_gift",
        "come_back_miss_you",
        "come_back_ten",
        "come_back_twenty",
    ]
    written = (brand / "journeys" / "scenarios" / "come_back.yaml").read_text(encoding="utf-8")
    assert "scenario: 少打擾的會員不喚回（come_back）" in written
    assert "win_back" not in "".join(texts(brand / "journeys" / "messages").values())


def test_a_survey_comes_along_and_its_questions_bear_the_new_name(brand: Path) -> None:
    begin(brand, "ask_them", "nps_quarter").write()

    project = check(brand).project
    assert project is not None
    assert project.surveys["ask_them_ask"].first == "ask_them_ask_recommend"
    assert sorted(name for name in project.messages if name.startswith("ask_them_ask")) == [
        "ask_them_ask_recommend",
        "ask_them_ask_why",
    ]
    assert "nps_quarter" not in (brand / "journeys" / "scenarios" / "ask_them.yaml").read_text(encoding="utf-8")


def test_the_schema_gets_what_it_lacks_and_keeps_every_line_it_has(brand: Path) -> None:
    before = (brand / "journeys" / "schema.yaml").read_text(encoding="utf-8").splitlines()

    begin(brand, "cart", "abandoned_cart").write()

    after = (brand / "journeys" / "schema.yaml").read_text(encoding="utf-8").splitlines()
    assert [line for line in before if line not in after] == []
    assert [line for line in after if line not in before] == [
        "    properties: {cart_id: text}",
        "  cart_updated: {title: 購物車有異動, live: yes, value: money, key: cart_id}",
        "  cart_emptied: {title: 清空購物車, live: yes, key: cart_id}",
    ]


def test_what_cannot_be_added_safely_is_told_line_by_line(brand: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = brand / "journeys" / "schema.yaml"
    flow = "attributes: {name: {type: text}}\nevents: {purchase: {value: money}, purchase_item: {value: money}}\n"
    schema.write_text(flow, encoding="utf-8")

    assert cli.run(["new", "cart", "--from", "abandoned_cart", "--project", str(brand)]) == 1

    assert schema.read_text(encoding="utf-8") == flow
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("請在")]
    assert [line.removeprefix("請在 journeys/schema.yaml 的 ") for line in told] == [
        "events 加上：cart_updated: {title: 購物車有異動, live: yes, value: money, key: cart_id}",
        "events 加上：cart_emptied: {title: 清空購物車, live: yes, key: cart_id}",
        "events.purchase 加上：properties: {cart_id: text, order_id: text}",
    ]


@pytest.mark.parametrize(
    ("entry", "after"),
    [
        ("  buy: {value: money}", "  buy: {value: money, properties: {cart_id: text}}"),
        ("  buy: {properties: {store: text}}", "  buy: {properties: {store: text, cart_id: text}}"),
        ("  buy:\n    value: money", "  buy:\n    value: money\n    properties: {cart_id: text}"),
        (
            "  buy:\n    properties: {store: text}  # 門市",
            "  buy:\n    properties: {store: text, cart_id: text}  # 門市",
        ),
    ],
)
def test_a_property_is_added_to_an_event_however_it_is_written(entry: str, after: str) -> None:
    lack = Lack("events", "buy", "properties: {cart_id: text}", ("cart_id",))
    head, tail = "attributes:\n  name: {type: text}\nevents:\n", "\n  other: {value: number}\n"

    text, left = with_lines(f"{head}{entry}{tail}", (lack,))

    assert (text, left) == (f"{head}{after}{tail}", ())
    assert read_schema(text) is not None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["cart", "--from", "abandonedcart"],
            "--from  No template is called “abandonedcart”. Near: abandoned_cart.\n",
        ),
        (
            ["cart"],
            "--from  Which template to begin from is not said. Write --from and one of abandoned_cart, appointment, "
            "birthday_month, nps_quarter, onboarding, product_review, renewal, replenishment, win_back.\n",
        ),
        (
            ["Cart", "--from", "renewal"],
            "new  “Cart” cannot be a name. "
            "Names have small letters, digits and _, begin with a letter, and are at most 30 long.\n",
        ),
        (
            ["welcome", "--from", "renewal"],
            "new  There is already journeys/scenarios/welcome.yaml, journeys/welcome.yaml. Take another name.\n",
        ),
    ],
)
def test_what_cannot_be_begun_is_a_usage_error_and_nothing_is_written(
    brand: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = texts(brand)

    assert cli.run(["new", *arguments, "--project", str(brand)]) == 2

    assert capsys.readouterr().err == told
    assert texts(brand) == before


def test_a_stage_the_brand_does_not_have_is_left_out_and_told(brand: Path) -> None:
    stages = brand / "journeys" / "stages.yaml"
    kept = [line for line in stages.read_text(encoding="utf-8").splitlines() if "dormant" not in line]
    stages.write_text("\n".join(kept), encoding="utf-8")

    beginning = begin(brand, "come_back", "win_back")

    assert beginning.stage == "dormant"
    assert "stage:" not in beginning.files[brand / "journeys" / "come_back.yaml"]
