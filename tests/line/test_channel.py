from __future__ import annotations

from pathlib import Path

import pytest

from journey_engine.line.channel import Channel, NoCredentials, open_channel
from journey_engine.settings import LineCredentials, Settings
from tests.line.shop import project_of


def test_the_sandbox_is_found_where_it_says_it_is(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    policy = project_of().policy

    assert open_channel(policy, settings).host == "http://127.0.0.1:4270"
    settings.state.mkdir()
    (settings.state / "sandbox.url").write_text("http://127.0.0.1:4271\n")
    assert open_channel(policy, settings).host == "http://127.0.0.1:4271"


def test_live_takes_the_blocks_token_before_the_environments_and_needs_one(tmp_path: Path) -> None:
    live = project_of(policy={"line": "live"}).policy
    settings = Settings(tmp_path, line=LineCredentials("165", "s", "from-environment"))

    assert open_channel(live, settings) == Channel("live-165", "https://api.line.me", "from-environment")
    assert open_channel(live, settings, token="block", channel_id="7") == Channel(
        "live-7", "https://api.line.me", "block"
    )
    with pytest.raises(NoCredentials):
        open_channel(live, Settings(tmp_path))


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Channel("live", "https://api.line.me", "secret"))
