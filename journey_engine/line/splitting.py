"""Splits a multicast that LINE refused for its recipients: one bad id does not sink the others; it sends nothing."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from journey_engine.line.render import multicast_body, push_body

EXTRA_REQUESTS = 64  # that a refused multicast may be halved into; what is still refused then goes as pushes
PUSHES_FROM = 8  # so few are pushed to one by one instead of halved

_PARENT = text("""
update requests set status = 'split', settled_at = :now, lease_until = null, reason = :reason where id = :id
returning channel, recipients, body, coalesce(root_id, id) as root
""")
_CHAIN = text("select count(*) from requests where root_id = :root and endpoint = 'multicast'")
_CHILDREN = text("""
insert into requests (channel, endpoint, retry_key, recipients, body, body_hash, status, frozen_at, next_attempt_at,
                      parent_id, root_id)
select :channel, g.endpoint, g.retry_key, string_to_array(g.recipients, ' '), g.body, g.body_hash, 'ready', :now,
       clock_timestamp(), :parent, :root
from unnest(cast(:endpoints as text[]), cast(:keys as uuid[]), cast(:recipients as text[]), cast(:bodies as bytea[]),
            cast(:hashes as text[])) as g (endpoint, retry_key, recipients, body, body_hash)
""")
_PASS_ON = text("""
update intents i set request_id = r.id from requests r
where i.request_id = :parent and i.status = 'frozen' and r.parent_id = :parent and i.recipient = any(r.recipients)
""")


def split(connection: Connection, request: int, now: datetime, reason: str) -> None:
    """Close a refused multicast as `split` and freeze its parts, each with a key of its own, to be sent at once.

    Only for a request of which every attempt was refused. Halves, until 64 extra requests were made of the first one or
    few recipients are left; then pushes.
    """
    parent = connection.execute(_PARENT, {"id": request, "now": now, "reason": reason}).one()
    made: int = connection.execute(_CHAIN, {"root": parent.root}).scalar_one()
    said = json.loads(parent.body)
    messages, silent = json.dumps(said["messages"]), bool(said.get("notificationDisabled"))
    parts = list(_parts(parent.recipients, made))
    bodies = [
        (push_body(part[0], messages, silent) if len(part) == 1 else multicast_body(part, messages, silent)).encode()
        for part in parts
    ]
    given: dict[str, Any] = {
        "channel": parent.channel,
        "now": now,
        "parent": request,
        "root": parent.root,
        "endpoints": ["push" if len(part) == 1 else "multicast" for part in parts],
        "keys": [uuid.uuid4() for _ in parts],
        "recipients": [" ".join(part) for part in parts],
        "bodies": bodies,
        "hashes": [hashlib.sha256(body).hexdigest() for body in bodies],
    }
    connection.execute(_CHILDREN, given)
    connection.execute(_PASS_ON, {"parent": request})


def _parts(recipients: Sequence[str], made: int) -> Iterator[list[str]]:
    if len(recipients) <= PUSHES_FROM or made + 2 > EXTRA_REQUESTS:
        yield from ([one] for one in recipients)
    else:
        half = len(recipients) // 2
        yield list(recipients[:half])
        yield list(recipients[half:])
