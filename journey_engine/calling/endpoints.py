"""Where calls may go: the policy's endpoints with their secrets from the environment; it connects to none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from journey_engine.language.catalog import Endpoint, Policy
from journey_engine.language.urls import may_be_called


@dataclass(frozen=True, slots=True)
class Target:
    """One endpoint that can be called; `secret` None: its calls are not signed."""

    name: str
    url: str
    secret: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Targets:
    """The endpoints that can be called now, and why the others cannot, by name."""

    ready: Mapping[str, Target]
    closed: Mapping[str, str]


def targets(policy: Policy, environ: Mapping[str, str]) -> Targets:
    """All endpoints of the policy. One without its secret is closed: an unsigned call is not what was agreed on."""
    ready: dict[str, Target] = {}
    closed: dict[str, str] = {}
    for name, endpoint in policy.endpoints.items():
        if not may_be_called(endpoint.url):
            closed[name] = f"endpoint {name}: its url is not https"
            continue
        variable = secret_variable(endpoint)
        if endpoint.secret is not None and not (variable and environ.get(variable)):
            closed[name] = f"endpoint {name}: set the environment variable {variable or endpoint.secret}"
            continue
        secret = environ[variable].encode() if variable else None
        ready[name] = Target(name, endpoint.url, secret)
    return Targets(ready, closed)


def secret_variable(endpoint: Endpoint) -> str | None:
    """The environment variable that holds the secret; None if there is none, or it is not written as `env:NAME`."""
    written = endpoint.secret or ""
    return written.removeprefix("env:") if written.startswith("env:") else None
