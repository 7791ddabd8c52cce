"""LINE's rate limits as one bucket per channel and endpoint in Postgres, shared by all senders; it never sleeps."""

from __future__ import annotations

from sqlalchemy import Connection, text

# Requests a second. Messaging API reference, "Rate limits" (2026-08); everything not named has 2,000.
RATES = {"multicast": 200.0}
DEFAULT_RATE = 2_000.0
# LINE does not publish the size of its bucket; a quarter of a second of ours cannot overflow one of a second.
BURST_SECONDS = 0.25

_RESERVE = text("""
insert into buckets as b (channel, endpoint, tokens, refilled_at)
values (:channel, :endpoint, :burst - :wanted, clock_timestamp())
on conflict (channel, endpoint) do update set
    tokens = least(:burst, b.tokens + :rate * greatest(0, extract(epoch from clock_timestamp() - b.refilled_at)))
             - :wanted,
    refilled_at = clock_timestamp()
returning tokens
""")


def reserve(connection: Connection, channel: str, endpoint: str, wanted: int) -> float:
    """Take `wanted` tokens, and say after how many seconds they are covered: zero if they are there already.

    A bucket may owe: whoever comes next waits the longer, so that all senders together keep to the rate. A clock that
    is set back refills nothing then, and goes on from there.
    """
    rate = RATES.get(endpoint, DEFAULT_RATE)
    given = {"channel": channel, "endpoint": endpoint, "burst": rate * BURST_SECONDS, "rate": rate, "wanted": wanted}
    tokens: float = connection.execute(_RESERVE, given).scalar_one()
    return max(0.0, -tokens / rate)
