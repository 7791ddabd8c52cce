"""Waves: messages that are about to reach many at once and have not been judged; it judges none, and asks cheaply."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from journey_engine.language.project import Project

# Due and not judged: written since the last judgement, due since, or put off until since then. Each is found by an
# index, and no more are counted than make a wave.
_NEW = "i.id > coalesce(j.judged_to, 0)"
_DUE_SINCE = "i.id <= j.judged_to and i.at > j.now"
_PUT_OFF = "i.id <= j.judged_to and i.at <= j.now and i.not_before > j.now"
_DUE = """i.status = 'pending' and i.message = w.message and i.at <= :now
          and (i.not_before is null or i.not_before <= :now) and i.expires_at > :now"""
_COUNTED = " union all ".join(
    f"(select 1 from intents i where {_DUE} and {which} limit :above + 1)" for which in (_NEW, _DUE_SINCE, _PUT_OFF)
)
_UNJUDGED = text(f"""
with recursive waiting(message) as (
    (select message from intents where status = 'pending' order by message limit 1)
    union all
    select (select i.message from intents i where i.status = 'pending' and i.message > w.message
            order by i.message limit 1)
    from waiting w where w.message is not null)
select w.message from waiting w
left join lateral (select v.now, v.judged_to from waves v where v.message = w.message order by v.id desc limit 1) j
    on true
where w.message is not null and (select count(*) from ({_COUNTED}) due) > :above
""")


def unjudged(connection: Connection, project: Project, now: datetime) -> list[str]:
    """The messages of which more than the policy's `gate: above` are due at `now` and have not been judged."""
    gate = project.policy.gate
    if gate.intents is None:
        return []
    return list(connection.execute(_UNJUDGED, {"now": now, "above": gate.above}).scalars())
