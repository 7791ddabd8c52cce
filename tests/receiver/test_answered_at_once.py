"""A keyword is answered by the reply token, from LINE's webhook to its acceptance."""

from __future__ import annotations

from journey_engine import clock, planning
from journey_engine.language.reply import Replies
from journey_engine.running import places
from journey_engine.running.wiring import join_webhook
from journey_engine.settings import Settings
from tests.line.shop import project_of
from tests.receiver.desk import reception
from tests.receiver.test_waking import until
from tests.sandbox_fixtures import user

RULES = {"replies": [{"reply": "price", "contains": "價格", "answer": "digest", "tag": "asked"}]}


def test_a_keyword_is_answered_by_its_reply_token_through_webhook_and_sender(database, tmp_path, sandbox):
    settings = Settings(project=tmp_path)
    places.write_url(places.sandbox_url_file(settings), sandbox.url)
    project = project_of(journeys=[]).model_copy(update={"journeys": {}, "replies": Replies.model_validate(RULES)})
    with database.begin() as connection:
        planning.apply(connection, planning.plan(connection, project, clock.now(connection)), "a test")
    sandbox.befriend(user(1))
    with reception(database, tmp_path) as receiver:
        sandbox.post("act", {"user": user(1), "do": "follow"})
        join_webhook(sandbox.url, receiver.url)
        try:
            sandbox.post("act", {"user": user(1), "do": "write", "text": "請問價格？"})
            until(lambda: receiver.rows("select status from intents where status = 'accepted'") != [], 30)
        finally:
            sandbox.post("webhook", {"url": None})
    [taken] = sandbox.ledger()
    assert (taken.endpoint, [each["text"] for each in taken.messages]) == ("reply", ["本週新聞"])
    with database.connect() as connection:
        assert connection.exec_driver_sql("select tag, source from tags").all() == [("asked", "reply price")]
