"""A sandbox beside a test: a real server on a free port, its ledger in the same process; never for production."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

from journey_engine.sandbox import TOKEN
from journey_engine.sandbox.channel import Acceptance, Channel
from journey_engine.sandbox.chats import Previews
from journey_engine.sandbox.faults import Faults
from journey_engine.sandbox.instants import Instants
from journey_engine.sandbox.journal import Journal
from journey_engine.sandbox.server import Application, Syncing, bind, server_for

_START_SECONDS = 10.0


class FakeTime:
    """Real time that a test can move: a source for `Instants`, in seconds since 1970."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        """Now, plus what the test let pass."""
        return time.time() + self.ahead

    def let_pass(self, seconds: float) -> None:
        """Let `seconds` go by at once."""
        self.ahead += seconds


class Sandbox:
    """A running sandbox: `with Sandbox() as sandbox:`.

    `url` is what the SDK's `host=` takes, `token` the channel access token, `time` moves both clocks. Reading
    (`ledger`, `taps`, `channel`) is in process, changing goes over HTTP. Without `journal` it lives in a temporary
    folder.
    """

    token = TOKEN

    def __init__(
        self,
        journal: Path | None = None,
        *,
        port: int = 0,
        rates: dict[str, float] | None = None,
        previews: Previews | None = None,
    ) -> None:
        self._folder = None if journal else tempfile.TemporaryDirectory(prefix="sandbox-")
        self._journal = Journal(journal or Path(str(self._folder and self._folder.name)) / "sandbox.jsonl")
        self.time = FakeTime()
        self.faults = Faults()
        self.channel = Channel(self._journal, Instants(self.time), rates)
        listener = bind(port)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._server = server_for(Application(self.channel, self.faults, (TOKEN,), previews))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        self._syncing = Syncing(self._journal)
        self._http = httpx.Client(base_url=self.url, trust_env=False, verify=False, timeout=60)

    def __enter__(self) -> Sandbox:
        self._syncing.__enter__()
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.005)
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()
        self._server.should_exit = True
        self._thread.join()
        self._syncing.__exit__()
        if self._folder is not None:
            self._folder.cleanup()

    def post(self, path: str, body: Any = None) -> dict[str, Any]:
        """POST /sandbox/{path}; its JSON. Raises httpx.HTTPStatusError with the sandbox's words on 4xx."""
        return self._answer(self._http.post(f"/sandbox/{path}", json={} if body is None else body))

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET /sandbox/{path}; its JSON."""
        return self._answer(self._http.get(f"/sandbox/{path}", params=query))

    def _answer(self, response: httpx.Response) -> dict[str, Any]:
        if response.is_error:
            raise httpx.HTTPStatusError(response.text, request=response.request, response=response)
        return response.json()

    def befriend(self, *friends: str | dict[str, str]) -> None:
        """Add accounts, or change them: ids, or objects with id, name, status."""
        self.post("friends", {"friends": list(friends)})

    def block(self, user: str) -> None:
        """Let a friend block the channel, by act: an unfollow event is among the taps."""
        self.post("act", {"user": user, "do": "block"})

    def fault(self, kind: str, **order: Any) -> None:
        """Order a fault: endpoint, count, rate and seed, seconds."""
        self.post("faults", {"kind": kind, **order})

    def heal(self) -> None:
        """Clear every fault."""
        self._http.delete("/sandbox/faults")

    def act(self, user: str, do: str, **more: Any) -> dict[str, Any]:
        """Let a friend tap, write, follow or block."""
        return self.post("act", {"user": user, "do": do, **more})

    def ledger(self) -> list[Acceptance]:
        """Every acceptance, oldest first: what LINE took, whatever the caller heard."""
        return list(self.channel.ledger())

    def accepted_for(self, user: str) -> list[Acceptance]:
        """The acceptances that name this user."""
        return [taken for taken in self.channel.ledger() if user in taken.to]

    def taps(self, after: int = 0) -> Iterable[tuple[int, dict[str, Any]]]:
        """Numbered webhook events of what friends did, above `after`."""
        return list(self.channel.taps(after))

    def reset(self) -> None:
        """Forget everything, faults and moved time too."""
        self.post("reset")
        self.time.ahead = 0.0
