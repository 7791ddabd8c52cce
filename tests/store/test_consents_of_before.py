"""Consents that files brought before: their batch and row are moved out of the proof, which others keep."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, text

from journey_engine.members.consenting import Logged, log

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)
BEFORE = """
alter table consent_log drop column batch_id, drop column row_number, drop constraint pk_consent_log,
                        add constraint pk_consent_log primary key (id);
create index ix_consent_log_member_id_topic_at on consent_log (member_id, topic, at);
insert into consent_log (member_id, topic, granted, at, source, proof) values
    (1, 'promotion', true, '2026-03-10 18:00Z', 'friends', '{"batch": 7, "row": 12}'),
    (1, 'promotion', false, '2026-03-10 18:00Z', 'operator', '{"by": "Chen", "reason": "by telephone"}'),
    (1, 'news', true, '2026-03-10 18:00Z', 'friends', null);
"""


def test_the_log_tells_the_same_proofs_as_before(database: Engine) -> None:
    with database.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        connection.exec_driver_sql(BEFORE)
        import_module("journey_engine.store.migrations.versions.0033_where_a_consent_stands").upgrade()
    with database.connect() as connection:
        assert log(connection, 1) == [
            Logged("promotion", True, NOW, "friends", {"batch": 7, "row": 12}),
            Logged("promotion", False, NOW, "operator", {"by": "Chen", "reason": "by telephone"}),
            Logged("news", True, NOW, "friends", None),
        ]
        kept = text("select count(*) from consent_log where proof is not null")
        assert connection.execute(kept).scalar_one() == 1
