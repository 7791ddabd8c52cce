from __future__ import annotations

from uuid import RFC_4122, UUID

from journey_engine.line.freezing import keys


def test_each_request_has_a_random_key_of_its_own() -> None:
    made = keys(300)

    assert len(set(made)) == 300
    assert [str(UUID(key)) for key in made] == made
    assert {(UUID(key).version, UUID(key).variant) for key in made} == {(4, RFC_4122)}
    assert {key[19] for key in made} == {*"89ab"}
    assert keys(0) == []
