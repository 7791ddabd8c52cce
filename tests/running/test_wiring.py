"""The sandbox learns where the receiver listens."""

from __future__ import annotations

import pytest

from journey_engine.running.wiring import SandboxUnjoined, join_webhook
from journey_engine.sandbox.beside import Sandbox
from tests.sandbox.receivers import receiving
from tests.sandbox_fixtures import user


def test_what_a_friend_does_reaches_the_receiver_once_they_are_joined(sandbox: Sandbox) -> None:
    with receiving() as receiver:
        join_webhook(sandbox.url, receiver.url.removesuffix("/line/webhook"))
        sandbox.act(user(1), "follow")
        receiver.await_(lambda r: len(r.events) == 1)
        sandbox.reset()


def test_a_sandbox_that_is_not_there_is_told_as_such() -> None:
    with receiving() as gone:
        address = gone.url.removesuffix("/line/webhook")

    with pytest.raises(SandboxUnjoined, match="did not take"):
        join_webhook(address, "http://127.0.0.1:1")
