"""Joins running parts to each other: the sandbox learns where the receiver listens; it starts neither."""

from __future__ import annotations

from journey_engine.errors import JourneysError

WEBHOOK_PATH = "/line/webhook"
_PATIENCE = 5.0  # seconds


class SandboxUnjoined(JourneysError):
    """The sandbox did not take the receiver's address."""

    def __init__(self, url: str, cause: object) -> None:
        super().__init__(
            f"The sandbox did not take the receiver's address: {cause}.",
            "Run `journeys up` again when both run.",
            url,
        )


def join_webhook(sandbox_url: str, receiver_url: str, redeliver: int = 100) -> None:
    """Let the sandbox post what friends do to the receiver, from now on and over restarts. Raises SandboxUnjoined.

    With `redeliver` a receiver may be away for as many seconds as that: LINE's console has a switch for it, which is
    off until somebody throws it.
    """
    import httpx

    said = {"url": receiver_url.rstrip("/") + WEBHOOK_PATH, "redeliver": redeliver, "again_after": 1.0}
    try:
        # trust_env off: a proxy named in the environment knows nothing of this machine's own ports.
        httpx.post(f"{sandbox_url}/sandbox/webhook", json=said, timeout=_PATIENCE, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise SandboxUnjoined(sandbox_url, error) from error
