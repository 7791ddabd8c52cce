"""What the receiver acknowledged is stored once, though it is killed while requests come in."""

from __future__ import annotations

from benchmarks.receiving import Judged, receiving, told
from benchmarks.redelivering import Offer


def test_what_a_receiver_acknowledged_before_and_after_a_kill_is_stored_once(database, tmp_path):
    run = receiving(database, tmp_path, Offer(100, 2.0, 8, again_after=0.1), kills=1)
    judged = run.judged
    assert judged.sound, judged
    assert run.heard.acknowledged == run.heard.sent
    assert (judged.acknowledged, judged.once, judged.events) == (240, 240, 240)
    assert run.heard.answers["200"] >= 204  # four came again though they had been acknowledged
    assert len(run.receiver.down) == 1
    assert "| stored once | 240 |" in told(run, "a machine")


def test_an_event_that_is_missing_or_there_twice_is_not_sound():
    good = {
        "acknowledged": 2,
        "once": 2,
        "double": 0,
        "lost": 0,
        "strange": 0,
        "events": 2,
        "waiting": 0,
        "refused": 0,
        "at_first": 0,
    }
    assert Judged(**good).sound
    for fault in ({"lost": 1, "once": 1}, {"double": 1}, {"strange": 1}, {"events": 3}, {"waiting": 1}):
        assert not Judged(**{**good, **fault}).sound
