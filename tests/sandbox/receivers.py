"""A webhook for tests: keeps what it is sent, and answers as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`answers` are the statuses of the next requests (then 200 for ever); `delay` the seconds before each."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    delay: float = 0.0
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def bodies(self) -> list[Any]:
        """What came, parsed."""
        return [json.loads(body) for _, body in self.requests]

    @property
    def events(self) -> list[Any]:
        """Every event that came, in the order of arrival."""
        return [event for body in self.bodies for event in body["events"]]

    def await_(self, what: Callable[[Receiver], bool], seconds: float = 10.0) -> None:
        """Wait until something is so."""
        until = time.monotonic() + seconds
        while not what(self):
            assert time.monotonic() < until, f"it did not come to that: {self.requests}"
            time.sleep(0.005)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            time.sleep(receiver.delay)
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            return None

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:  # the sandbox does not wait for ever
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/line/webhook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
