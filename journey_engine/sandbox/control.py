"""`/sandbox/…`: what tests, the demo and the page ask of the sandbox itself, beside LINE's API; LINE has none of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from journey_engine.errors import JourneysError
from journey_engine.sandbox import habits
from journey_engine.sandbox.acting import perform
from journey_engine.sandbox.channel import Channel
from journey_engine.sandbox.complaints import is_list, is_object
from journey_engine.sandbox.faults import AFTER, BEFORE, Faults, fault_from
from journey_engine.sandbox.friends import friend_row
from journey_engine.sandbox.messages import actions_in

LEDGER_PAGE = 1_000
Handler = Callable[[Request], Awaitable[Response]]


class UnusableRequest(JourneysError):
    """The sandbox was asked something it cannot read."""

    def __init__(self, reason: str, cure: str) -> None:
        super().__init__(reason, cure, "sandbox")


def reply_json(body: Any, status: int = 200) -> Response:
    """A JSON response that no browser caches."""
    return Response(orjson.dumps(body), status, {"cache-control": "no-store"}, "application/json")


async def said(request: Request) -> Any:
    """The JSON body, an empty object if there is none; raises UnusableRequest."""
    body = await request.body()
    if not body:
        return {}
    # A page of another site can post a form without asking, but no JSON: so nobody taps here from outside.
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise UnusableRequest("The body is not declared as JSON.", "Send content-type: application/json.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnusableRequest(f"The body is no JSON: {error}.", "Mend it.") from error


def whole_number(request: Request, name: str, default: int) -> int:
    """A whole number of the query string; raises UnusableRequest."""
    given = request.query_params.get(name)
    try:
        return default if given is None else int(given)
    except ValueError as error:
        raise UnusableRequest(f"{name} is no whole number: {given!r}.", f"Give {name}=N.") from error


class Control:
    """Friends, ledger, taps, faults, clock, quota and reset of one channel."""

    def __init__(self, channel: Channel, faults: Faults) -> None:
        self.channel = channel
        self.faults = faults

    def routes(self) -> list[Route]:
        """Everything under /sandbox/."""
        table: list[tuple[str, str, Handler]] = [
            ("GET", "status", self.status),
            ("GET", "ledger", self.ledger),
            ("GET", "ledger/summary", self.summary),
            ("GET", "taps", self.taps),
            ("GET", "opens", self.opens),
            ("POST", "friends", self.put_friends),
            ("POST", "act", self.act),
            ("POST", "habits", self.live),
            ("POST", "faults", self.order_faults),
            ("DELETE", "faults", self.clear_faults),
            ("POST", "clock", self.set_clock),
            ("POST", "quota", self.set_quota),
            ("POST", "settings", self.set_settings),
            ("POST", "reset", self.reset),
        ]
        return [Route(f"/sandbox/{path}", handler, methods=[method]) for method, path, handler in table]

    async def status(self, _request: Request) -> Response:
        """Clock, friends, quota, faults, counts and the last requests."""
        channel = self.channel
        now = channel.instants.now_ms()
        return reply_json(
            {
                "now": now,
                "offset_seconds": channel.instants.offset,
                "age_seconds": channel.instants.age,
                "friends": channel.friends.counts(),
                "quota": {"limit": channel.quota.limit, "used": channel.quota.used(now)},
                "acceptances": len(channel.acceptances),
                "taps": len(channel.events),
                "counts": channel.counts,
                "faults": [order.as_json() for order in self.faults.orders],
                "fault_kinds": [*BEFORE, *AFTER],
                "recent": [seen._asdict() for seen in reversed(channel.recent)],
            }
        )

    async def ledger(self, request: Request) -> Response:
        """Acceptances with a number above `after`, `limit` a page; `actions=1` lists what can be tapped in each."""
        after, limit = whole_number(request, "after", -1), whole_number(request, "limit", LEDGER_PAGE)
        rows: list[dict[str, Any]] = []
        for taken in self.channel.ledger(after, max(1, min(limit, LEDGER_PAGE))):
            row = taken._asdict()
            if request.query_params.get("actions"):
                row["actions"] = actions_in(taken.messages)
            rows.append(row)
        last = rows[-1]["number"] if rows else after
        more = last + 1 < len(self.channel.acceptances)
        return reply_json({"acceptances": rows, "next": last if more else None})

    async def summary(self, _request: Request) -> Response:
        """The ledger in figures: acceptances by endpoint, recipients, conflicts, keys reused with another body."""
        counts = self.channel.counts
        by_endpoint = {name: counts[name] for name in ("push", "multicast", "reply")}
        names = ("recipients", "delivered", "conflicts", "key_with_other_body")
        figures = {name: counts[name] for name in names}
        return reply_json({"acceptances": len(self.channel.acceptances), **by_endpoint, **figures})

    async def taps(self, request: Request) -> Response:
        """Webhook events of friends above number `after` (the first is 1); `next` is the last number given."""
        after, limit = whole_number(request, "after", 0), whole_number(request, "limit", LEDGER_PAGE)
        rows = [{"number": n, "event": event} for n, event in self.channel.taps(after, max(1, min(limit, LEDGER_PAGE)))]
        last = max(0, after) + len(rows)
        return reply_json({"taps": rows, "next": last, "more": last < len(self.channel.events)})

    async def opens(self, request: Request) -> Response:
        """Links friends opened (LINE tells nobody of these), above number `after` (the first is 1)."""
        after = max(0, whole_number(request, "after", 0))
        found = [self.channel.journal.read(offset) for offset in self.channel.opened[after : after + LEDGER_PAGE]]
        rows = [
            {"number": after + 1 + i, "user": r["user"], "uri": r["uri"], "at": r["at"]} for i, r in enumerate(found)
        ]
        return reply_json({"opens": rows})

    async def put_friends(self, request: Request) -> Response:
        """Add or change accounts, any number: `{"friends": [id | {id, name?, status?, language?}, …]}`."""
        given = await said(request)
        rows: Any = given.get("friends") if is_object(given) else given
        if not is_list(rows):
            raise UnusableRequest("There is no list of friends.", 'Send {"friends": [...]}.')
        listed: list[Any] = rows
        if listed:
            self.channel.change({"k": "friends", "rows": [friend_row(row) for row in listed]})
        return reply_json({"friends": self.channel.friends.counts()})

    async def act(self, request: Request) -> Response:
        """Let a friend act, or several: one act, or `{"acts": [...]}`."""
        given = await said(request)
        if is_object(given) and "acts" in given:
            acts: list[Any] = given["acts"]
            return reply_json({"done": [perform(self.channel, act) for act in acts]})
        return reply_json(perform(self.channel, given))

    async def live(self, request: Request) -> Response:
        """Let friends act by a seeded rule on what came since the last call."""
        return reply_json(habits.live(self.channel, habits.habits_from(await said(request))))

    async def order_faults(self, request: Request) -> Response:
        """Order one fault, or several: `{"faults": [...]}`; they add to those in force."""
        given = await said(request)
        orders: list[Any] = given["faults"] if is_object(given) and "faults" in given else [given]
        self.faults.orders += [fault_from(order) for order in orders]
        return reply_json({"faults": [order.as_json() for order in self.faults.orders]})

    async def clear_faults(self, _request: Request) -> Response:
        """Be well again."""
        self.faults.orders.clear()
        return reply_json({"faults": []})

    async def set_clock(self, request: Request) -> Response:
        """Set the calendar by `offset_seconds` or `now` (ms), and how much older keys and tokens are: `age_seconds`."""
        given = await said(request)
        instants = self.channel.instants
        try:
            offset = float(given.get("offset_seconds", instants.offset))
            age = float(given.get("age_seconds", instants.age))
            if "now" in given:
                offset = instants.offset + (int(given["now"]) - instants.now_ms()) / 1000
        except (AttributeError, TypeError, ValueError) as error:
            raise UnusableRequest(
                f"This is no clock: {given!r}.", "Give offset_seconds, now (ms) or age_seconds."
            ) from error
        self.channel.change({"k": "clock", "offset": offset, "age": age})
        return reply_json({"now": instants.now_ms(), "offset_seconds": instants.offset, "age_seconds": instants.age})

    async def set_quota(self, request: Request) -> Response:
        """Set the month's `limit` (null: none) and, if given, what was `used` already, elsewhere."""
        given = await said(request)
        limit, used = given.get("limit", self.channel.quota.limit), given.get("used")
        if not (limit is None or isinstance(limit, int)) or not (used is None or isinstance(used, int)):
            raise UnusableRequest(f"This is no quota: {given!r}.", "Give limit and used as whole numbers.")
        at = self.channel.instants.now_ms()
        self.channel.change({"k": "quota", "limit": limit, "used": used, "at": at})
        return reply_json({"limit": limit, "used": self.channel.quota.used(at)})

    async def set_settings(self, request: Request) -> Response:
        """`drops_unknown`: whether a multicast drops unknown users silently (LINE's documents say both).

        `verified`: whether the account is a verified one, to which alone LINE lists its friends.
        """
        given, channel = await said(request), self.channel
        drops = bool(given.get("drops_unknown", channel.drops_unknown))
        verified = bool(given.get("verified", channel.verified))
        channel.change({"k": "settings", "drops_unknown": drops, "verified": verified})
        return reply_json({"drops_unknown": channel.drops_unknown, "verified": channel.verified})

    async def reset(self, _request: Request) -> Response:
        """Forget friends, ledger, taps, faults and clock."""
        self.channel.reset()
        self.faults.orders.clear()
        return reply_json({})
