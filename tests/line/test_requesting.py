"""The HTTP side against a server that answers what no honest one would."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest

from journey_engine.line.answers import Answer, Meaning
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.freezing import Frozen
from journey_engine.line.requesting import Caller

PACE = Pace(timeout=0.5, connect=0.4)


class Odd:
    """A server that answers every request with the same bytes, then closes; None: it never answers."""

    def __init__(self) -> None:
        self.answer: bytes | None = b""
        self.asked: list[bytes] = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        started = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.server = asyncio.run_coroutine_threadsafe(started, self.loop).result()
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head)
        if self.answer is None:
            await reader.read()
        elif b"/elsewhere" in head:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nOK")
        else:
            writer.write(self.answer)
        await writer.drain()
        writer.close()

    def close(self) -> None:
        async def end() -> None:
            self.server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), 5) if others else None

        asyncio.run_coroutine_threadsafe(end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def odd() -> Iterator[Odd]:
    server = Odd()
    yield server
    server.close()


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def ask(url: str) -> Answer:
    frozen = Frozen(1, "push", str(uuid4()), b'{"to": "U1", "messages": []}', 1)
    with Caller(Channel("odd", url, "t"), PACE, lambda _endpoint, _count: 0.0) as caller:
        return next(caller.deliver([frozen]))[0].answer


JSON = "content-type: application/json"


@pytest.mark.parametrize(
    ("answer", "meaning", "status"),
    [
        (http("200 OK", b'{"sentMessages": []}', JSON, "x-line-request-id: a"), Meaning.ACCEPTED, 200),
        (http("200 OK", b"<html>", JSON), Meaning.ACCEPTED, 200),
        (http("200 OK", b"\xff\xfe", JSON), Meaning.ACCEPTED, 200),
        (http("200 OK", b"{}", "content-type: text/plain; charset=klingon"), Meaning.ACCEPTED, 200),
        (http("500 Oh", b"\xa4\xe5", JSON), Meaning.UNCLEAR, 500),
        (http("400 Bad", b"\xa4\xe5", JSON), Meaning.REQUEST, 400),
        (http("302 Found", b"", "location: /elsewhere"), Meaning.CHANNEL, 302),
        (http("307 Temporary", b"", "location: /elsewhere"), Meaning.CHANNEL, 307),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", Meaning.UNCLEAR, None),
        (b"HTTP/1.1 two hundred\r\n\r\n", Meaning.UNCLEAR, None),
        (b"", Meaning.UNCLEAR, None),
        (None, Meaning.UNCLEAR, None),
    ],
)
def test_an_odd_answer_is_taken_for_what_it_says(
    odd: Odd, answer: bytes | None, meaning: Meaning, status: int | None
) -> None:
    odd.answer = answer

    heard = ask(odd.url)

    assert (heard.meaning, heard.status) == (meaning, status)


def test_no_connection_is_a_refusal() -> None:
    assert ask("http://127.0.0.1:1").meaning is Meaning.UNREACHABLE


def test_the_environments_proxy_is_not_asked(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    odd.answer = http("200 OK", b"{}", JSON)

    assert ask(odd.url).meaning is Meaning.ACCEPTED
    assert b"authorization: bearer t" in odd.asked[0].lower()
    assert b"x-line-retry-key: " in odd.asked[0].lower()


def test_a_token_grant_that_fails_is_told(odd: Odd) -> None:
    def fail(_endpoint: str, _count: int) -> float:
        raise ConnectionError("no database")

    frozen = Frozen(1, "push", str(uuid4()), b"{}", 1)
    with pytest.raises(ConnectionError), Caller(Channel("odd", odd.url, "t"), PACE, fail) as caller:
        list(caller.deliver([frozen]))
