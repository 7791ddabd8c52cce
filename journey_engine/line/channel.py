"""Which LINE channel is sent through, the sandbox or the live one, as the policy says; it connects to neither."""

from __future__ import annotations

from dataclasses import dataclass, field

from journey_engine.errors import JourneysError
from journey_engine.language.catalog import Policy
from journey_engine.settings import Settings

LIVE_HOST = "https://api.line.me"
SANDBOX_URL = "http://127.0.0.1:4270"
SANDBOX_TOKEN = "sandbox-channel-access-token"
SANDBOX_SECRET = "sandbox-channel-secret"


class NoCredentials(JourneysError):
    """The policy says live, and nothing gives the channel's access token."""

    def __init__(self) -> None:
        super().__init__(
            "policy.yaml says `line: live`, and no channel access token is known.",
            "Set LINE_CHANNEL_ACCESS_TOKEN (and LINE_CHANNEL_ID), or fill in the LineCredentials block.",
            "journeys/policy.yaml",
        )


@dataclass(frozen=True, slots=True)
class Channel:
    """One LINE official account. `name` is its key in requests, buckets and holds; `host` has no slash at its end."""

    name: str
    host: str
    token: str = field(repr=False)
    links: str | None = None  # where the receiver leads links on from, no slash at its end; None: links are not tracked


@dataclass(frozen=True, slots=True)
class Pace:
    """How the sender paces itself: real seconds, and counts of requests or intents.

    `lease` must be well above `timeout`: a request whose lease has run out is sent again, with the same key.
    """

    timeout: float = 10.0
    connect: float = 3.0
    lease: float = 120.0
    first_backoff: float = 1.0
    longest_backoff: float = 600.0
    patience: float = 20.0  # how long a drain waits for requests that are to be attempted again
    together: int = 128  # requests under way at once; LINE answers in 50 to 100 ms, so 2,000/s need 100 to 200
    batch: int = 2_000  # intents decided in one transaction
    first_batch: int = 100  # the first of a drain: what is at stake if LINE is down
    give_up_after: int = 20  # failures without one answer in between
    decision_age: float = 60.0  # business seconds after which a decision that LINE refused to hear is made anew
    key_age: float = 23 * 3600.0  # LINE keeps a retry key for 24 hours after its first use


def sandbox_url(settings: Settings) -> str:
    """Where this checkout's sandbox says it listens (`sandbox.url` in the state folder), else its usual address."""
    try:
        return (settings.state / "sandbox.url").read_text(encoding="utf-8").strip() or SANDBOX_URL
    except FileNotFoundError:
        return SANDBOX_URL


def receiver_url(settings: Settings) -> str | None:
    """Where this checkout's receiver says it listens (`receiver.url` in the state folder); None while none runs."""
    try:
        return (settings.state / "receiver.url").read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def open_channel(policy: Policy, settings: Settings, token: str = "", channel_id: str = "") -> Channel:
    """The channel that `policy` names. `token` and `channel_id` (of a Prefect block) win over the environment's.

    Raises NoCredentials if the policy says live and there is no token.
    """
    if policy.line == "sandbox":
        return Channel("sandbox", sandbox_url(settings), SANDBOX_TOKEN, policy.links.base or receiver_url(settings))
    access = token or settings.line.channel_access_token
    if not access:
        raise NoCredentials()
    number = channel_id or settings.line.channel_id
    return Channel(f"live-{number}".rstrip("-"), LIVE_HOST, access, policy.links.base)
