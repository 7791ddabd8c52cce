"""Which addresses another system may be called at; it resolves and opens none."""

from __future__ import annotations

from urllib.parse import urlsplit

_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def may_be_called(url: str) -> bool:
    """Whether calls may be posted there: https, or http on this very machine; no user name or password in it."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # a port that is no number raises here
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or any(c.isspace() for c in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _OWN_MACHINE)
