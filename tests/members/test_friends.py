"""What a LINE profile says of a member stands only where nobody else has spoken."""

from __future__ import annotations

from journey_engine.members import friends
from tests.orders_shop import NOW

SHOP = """
insert into members (member_key, attributes, created_at, changed_at) values ('a', '{"name": "王小明"}', now(), now())
"""


def attributes(engine):
    with engine.connect() as connection:
        return connection.exec_driver_sql("select attributes from members").scalar_one()


def told(engine, **said):
    with engine.begin() as connection:
        member = connection.exec_driver_sql("select id from members").scalar_one()
        friends.keep_profiles(connection, {member: said or None}, ["name", "line_name"], NOW)


def test_a_profile_fills_what_is_empty_and_follows_its_own_word_but_never_a_name_that_others_set(database):
    with database.begin() as connection:
        connection.exec_driver_sql(SHOP)
    told(database, name="阿明", line_name="阿明")
    assert attributes(database) == {"name": "王小明", "line_name": "阿明"}
    told(database, name="小明", line_name="小明")
    assert attributes(database) == {"name": "王小明", "line_name": "小明"}
    with database.begin() as connection:
        connection.exec_driver_sql('update members set attributes = \'{"line_name": "明哥"}\'')
    told(database, name="小明", line_name="小明")
    assert attributes(database) == {"name": "小明", "line_name": "明哥"}
    told(database, line_name="x")
    assert attributes(database) == {"line_name": "明哥"}
