from __future__ import annotations

from collections import Counter
from pathlib import Path

from journey_engine.demo.world import FIRST_DAY, friends, households, write_friends


def test_every_household_that_ever_bought_is_one_friend() -> None:
    people = friends(households())
    assert len(people) == 2469
    assert len({one.user for one in people}) == 2469


def test_the_friends_are_the_same_on_every_machine() -> None:
    one = friends(["1"])[0]
    assert (one.user, one.name, one.zone, one.promotion, one.news, one.followed_at.isoformat()) == (
        "Ufdfb4b72321f0f266578c6f08611213e",
        "蕭恩廷",
        "America/New_York",
        True,
        True,
        "2017-05-22T18:46:00-04:00",
    )


def test_the_shares_are_near_what_is_stated() -> None:
    people = friends(households())
    found = Counter(
        new=sum(one.is_new for one in people),
        nameless=sum(not one.name for one in people),
        no_promotion=sum(not one.promotion for one in people),
    )
    assert 320 < found["new"] < 420
    assert 150 < found["nameless"] < 250
    assert 100 < found["no_promotion"] < 200
    assert min(one.followed_at for one in people if one.is_new) >= FIRST_DAY


def test_the_binding_list_is_written_in_cp950(tmp_path: Path) -> None:
    path = tmp_path / "friends.csv"
    people = friends(["1", "2"])
    write_friends(people, path)
    header, first, *_ = path.read_bytes().decode("cp950").splitlines()
    assert header == "household_id,line_user_id,姓名,時區,收優惠,收新訊"
    assert first.startswith(f"1,{people[0].user},")
