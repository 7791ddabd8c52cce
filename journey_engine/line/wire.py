"""One exchange with LINE over HTTP: what was frozen goes out byte for byte, an answer comes back; it retries nothing.

The connection is the official SDK's asynchronous client's, with its traps closed: explicit timeouts and pool size, no
look at the environment for proxies (two thread hops a request), no models on either way (building them costs more than
the request; a 2xx whose body cannot be parsed is an acceptance), and no redirects (a captive portal's page is not an
acceptance).
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from journey_engine.line.answers import Answer, Meaning, answered, silence
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.quota import Figures

if TYPE_CHECKING:
    from aiohttp import ClientSession


class Wire:
    """A client of one channel, to be opened, used and closed on one event loop."""

    def __init__(self, sdk: Any, session: ClientSession, channel: Channel, pace: Pace) -> None:
        import aiohttp

        self._sdk = sdk
        self._session = session
        self._host = channel.host
        self._timeout = aiohttp.ClientTimeout(total=pace.timeout, sock_connect=pace.connect)
        self._unreachable = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
        self._unclear = (aiohttp.ClientError, TimeoutError, OSError)
        self._urls: dict[str, Any] = {}

    @classmethod
    async def open(cls, channel: Channel, pace: Pace) -> Wire:
        """The SDK's client, its session replaced by one for as many requests at once as `pace` says."""
        import aiohttp
        from linebot.v3.messaging import AsyncApiClient, Configuration

        client = AsyncApiClient(Configuration(host=channel.host, access_token=channel.token))
        sdk: Any = client
        await sdk.rest_client.pool_manager.close()
        sdk.rest_client.pool_manager = session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=pace.together),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={**sdk.default_headers, "Content-Type": "application/json"},
            trust_env=False,
        )
        return cls(sdk, session, channel, pace)

    async def close(self) -> None:
        """Close all connections."""
        await self._sdk.close()

    async def send(self, endpoint: str, body: bytes, retry_key: str | None) -> Answer:
        """One attempt of a request to `message/ENDPOINT`."""
        headers = None if retry_key is None else {"X-Line-Retry-Key": retry_key}
        status, answer = await self._ask("POST", f"message/{endpoint}", body, headers)
        return answer if status is None else answered(status, answer[0], _text(status, answer[1]))

    async def figures(self) -> Figures | Answer:
        """This month's quota as LINE tells it, or the answer that was no figure."""
        told: list[Any] = []
        for path in ("message/quota", "message/quota/consumption"):
            status, answer = await self._ask("GET", path)
            if status is None:
                return answer
            if not 200 <= status <= 299:
                return answered(status, answer[0], _text(status, answer[1]))
            told.append(answer[1])
        try:
            limit, used = (json.loads(body) for body in told)
            return Figures(limit["value"] if limit["type"] == "limited" else None, int(used["totalUsage"]))
        except (ValueError, KeyError, TypeError) as error:
            return silence(Meaning.UNCLEAR, error)

    async def delivered(self, endpoint: str, day: date) -> int | Answer | None:
        """Recipients that LINE counts for a day of its own (UTC+9), None if it has not yet; or what was no figure."""
        status, answer = await self._ask("GET", f"message/delivery/{endpoint}?date={day:%Y%m%d}")
        if status is None:
            return answer
        if not 200 <= status <= 299:
            return answered(status, answer[0], _text(status, answer[1]))
        try:
            told = json.loads(answer[1])
            return int(told["success"]) if told["status"] == "ready" else None
        except (ValueError, KeyError, TypeError) as error:
            return silence(Meaning.UNCLEAR, error)

    async def read(self, path: str) -> dict[str, Any] | Answer:
        """The JSON object that a GET of `path` gives, or the answer that gave none."""
        status, answer = await self._ask("GET", path)
        if status is None:
            return answer
        if not 200 <= status <= 299:
            return answered(status, answer[0], _text(status, answer[1]))
        try:
            told: Any = json.loads(answer[1])
        except ValueError as error:
            return silence(Meaning.UNCLEAR, error)
        no_object = silence(Meaning.UNCLEAR, TypeError("no JSON object"))
        return cast("dict[str, Any]", told) if isinstance(told, dict) else no_object

    async def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int | None, Any]:
        """(status, (headers, body)), or (None, the Answer) if there was none over HTTP."""
        try:
            async with self._session.request(
                method,
                self._url(path),
                data=body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                return response.status, (response.headers, await response.read())
        except self._unreachable as error:
            return None, silence(Meaning.UNREACHABLE, error)
        except self._unclear as error:
            return None, silence(Meaning.UNCLEAR, error)

    def _url(self, path: str) -> Any:
        """Kept for what is asked again and again."""
        from yarl import URL

        if path not in self._urls and path.startswith("message/"):
            self._urls[path] = URL(f"{self._host}/v2/bot/{path}")
        return self._urls.get(path) or URL(f"{self._host}/v2/bot/{path}", encoded=True)


def _text(status: int, body: bytes) -> str:
    """A refusal's words; what an acceptance says is not read."""
    return "" if 200 <= status <= 299 else body.decode("utf-8", "replace")
