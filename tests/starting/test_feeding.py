"""`journeys feed new`: what it makes of a file, that check is clean with it, and that a trial of it works at once."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from journey_engine.commands.feed import feed
from journey_engine.commands.import_ import import_
from journey_engine.language.read import load_project
from journey_engine.settings import Settings
from journey_engine.starting.copying import AlreadyThere
from journey_engine.starting.feeding import NobodyInIt, NotInProject, begin_feed
from journey_engine.starting.repository import start

PEOPLE = "會員編號,姓名,手機,Email,生日,同意收優惠\n" + "".join(
    f"{n:04d},王{n},09{12000000 + n},a{n}@shop.tw,1990-03-{n % 28 + 1:02d},{'否是'[n % 2]}\n" for n in range(1, 60)
)
ORDERS = "order_no,customer_id,paid_at,product_code,qty,amount\n" + "".join(
    f"{n // 2:05d},{n % 7},2026-03-{n % 9 + 1:02d} 10:00,{n:04d},{n % 3 + 1},{n}.50\n" for n in range(60)
)


@pytest.fixture
def brand(tmp_path):
    """A brand's own repository, as `journeys init` makes it."""
    start(tmp_path)
    (tmp_path / "data").mkdir()
    return tmp_path


def put(brand, name, text, encoding="utf-8"):
    path = brand / "data" / name
    path.write_text(text, encoding=encoding)
    return path


def test_a_list_of_members_is_guessed_with_its_identities_consents_and_attributes(brand, capsys):
    path = put(brand, "list.csv", PEOPLE, "cp950")
    assert feed("new", path, name="roster", settings=Settings(project=brand)) == 0
    made = load_project(brand).feeds["roster"]
    assert (made.from_.file, made.member.by, made.member.from_) == ("data/list.csv", "customer_number", "會員編號")
    assert made.members is not None
    assert dict(made.members.attributes) == {"name": "姓名", "birthday": "生日"}
    assert dict(made.members.identities) == {"phone": "手機", "email": "Email"}
    assert dict(made.members.consents) == {"promotion": "同意收優惠"}
    told = capsys.readouterr().out
    assert "+ journeys/feeds/roster.yaml" in told
    assert "journeys import roster --dry-run" in told
    assert "Big5 (CP950)" in (brand / "journeys/feeds/roster.yaml").read_text(encoding="utf-8")


def test_lines_of_orders_become_an_order_and_its_items_that_no_other_feed_brings(brand):
    path = put(brand, "orders_2026-03-10.csv", ORDERS)
    assert feed("new", path, settings=Settings(project=brand)) == 0
    project = load_project(brand)
    made = project.feeds["orders"]
    assert made.from_.file == "data/orders_{day}.csv"
    first, second = made.brings
    assert (first.event, first.one_per, first.key, first.value) == (
        "orders",
        "order_no",
        ("order_no",),
        "sum of amount",
    )
    assert (second.event, second.value) == ("orders_item", "amount")
    assert project.schema_.events["orders_item"].properties == {"product_code": "text", "qty": "number"}
    suite = json.loads((brand / "expectations/orders.json").read_text(encoding="utf-8"))
    rules = {each["meta"]["rule"]: each["severity"] for each in suite["expectations"]}
    assert rules == {"欄位齊全": "critical", "列數不得比平常少四成以上": "critical", "customer_id 不可空白": "warning",
                     "paid_at 不可空白": "warning", "order_no 不可空白": "warning", "qty 要是數字": "warning",
                     "amount 要是數字": "warning"}  # fmt: skip


def test_a_feed_that_was_begun_can_be_tried_at_once(brand, database, capsys):
    settings = replace(Settings(project=brand), database_url=database.url.render_as_string(hide_password=False))
    feed("new", put(brand, "list.csv", PEOPLE), name="roster", settings=settings)
    assert import_("roster", dry_run=True, settings=settings) == 0
    told = capsys.readouterr().out
    assert "59 read, 59 landed, 0 already there, 0 quarantined" in told
    assert "| identities | 118 |" in told


def test_nothing_is_overwritten_and_what_cannot_be_a_feed_is_told(brand, tmp_path_factory):
    path = put(brand, "list.csv", PEOPLE)
    begin_feed(brand, path, "roster").write()
    with pytest.raises(AlreadyThere, match=r"roster\.yaml"):
        begin_feed(brand, path, "roster")
    with pytest.raises(NobodyInIt):
        begin_feed(brand, put(brand, "x.csv", "a,b\n1,1\n1,1\n"), "x")
    outside = tmp_path_factory.mktemp("elsewhere") / "list.csv"
    outside.write_text(PEOPLE, encoding="utf-8")
    with pytest.raises(NotInProject):
        begin_feed(brand, outside, "far")


def test_guesses_speak_the_language_of_the_policy(brand):
    policy = brand / "journeys" / "policy.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("language: zh-TW", "language: en"), encoding="utf-8")
    begin_feed(brand, put(brand, "orders.csv", ORDERS), None).write()
    text = (brand / "journeys/feeds/orders.yaml").read_text(encoding="utf-8")
    assert "# a guess: this column tells who it is" in text
    assert "# the file does not say its zone: is it Asia/Taipei?" in text
