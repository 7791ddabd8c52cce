"""Lets the demo's friends live in the sandbox up to an instant: new ones follow, others tap, write or block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import urllib3

from journey_engine.demo.world import Friend
from journey_engine.inbox.hearing import SandboxSilent

# Of the friends a message reached: 3 in 10 tap something, 2 in 100 answer in words, 1 in 100 blocks the account; each
# between 3 minutes and 15 hours after it came, by sha256 of seed, messages and user.
HABITS = {"seed": 20171030, "tap": 0.3, "write": 0.02, "block": 0.01, "from_minutes": 3, "to_minutes": 900}
_BATCH = 500


class Living:
    """The friends of one sandbox at `url`; every call may be repeated: nobody follows twice, no act is done twice."""

    def __init__(self, url: str, people: Sequence[Friend]) -> None:
        self._url = url
        self._people = people
        self._followed: set[str] = set()
        self._heard = 0
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=120), retries=False)

    def until(self, now: datetime) -> dict[str, int]:
        """Set the sandbox's calendar to `now` (aware) and let all acts up to it happen; how many did what."""
        self._ask("POST", "clock", {"now": _ms(now)})
        return {"follow": self._follow(now), **self._ask("POST", "habits", HABITS)}

    def befriend(self, testers: Mapping[str, str]) -> None:
        """Make a brand's testers (LINE user ids by name) friends, so that `journeys send-test` reaches them."""
        self._ask("POST", "friends", {"friends": [{"id": user, "name": name} for name, user in testers.items()]})

    def _follow(self, now: datetime) -> int:
        """Friends whose time has come and who have not followed yet, as the sandbox's own log tells."""
        self._listen()
        due = [one for one in self._people if one.followed_at <= now and one.user not in self._followed]
        due.sort(key=lambda one: (one.followed_at, one.user))
        acts = [{"user": one.user, "do": "follow", "name": one.name, "at": _ms(one.followed_at)} for one in due]
        for start in range(0, len(acts), _BATCH):
            self._ask("POST", "act", {"acts": acts[start : start + _BATCH]})
        return len(due)

    def _listen(self) -> None:
        more = True
        while more:
            page = self._ask("GET", f"taps?after={self._heard}")
            events = [row["event"] for row in page["taps"]]
            self._followed |= {event["source"]["userId"] for event in events if event["type"] == "follow"}
            self._heard, more = page["next"], page["more"]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"content-type": "application/json"}
        sent = None if body is None else orjson.dumps(body)
        try:
            answer = self._http.request(method, f"{self._url}/sandbox/{path}", body=sent, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise SandboxSilent(self._url, error) from error
        if answer.status != 200:
            raise SandboxSilent(self._url, f"{answer.status} {answer.data[:200]!r}")
        return orjson.loads(answer.data)


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
