"""What two profiles said of one person, brought together: attributes, consents, friendship, stages; it moves nobody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

_ARRIVED = "arrived = (pg_current_xact_id()::text)::bigint"
_OF_ALL = "(select merged_id from merging union all select survivor_id from merging)"

_ATTRIBUTES = text(f"""
with hers as (
    select coalesce(g.survivor_id, m.id) as id, m.attributes, m.zone, m.changed_at, coalesce(g.place, 0) as place
    from members m left join merging g on g.merged_id = m.id where m.id in {_OF_ALL}),
words as (
    select distinct on (id, key) id, key, value from hers, jsonb_each(attributes)
    order by id, key, changed_at desc, place),
told as (select id, jsonb_object_agg(key, value) as attributes from words group by 1),
zones as (
    select distinct on (id) id, zone from hers where zone is not null order by id, changed_at desc, place)
update members m set attributes = coalesce(t.attributes, '{{}}'), zone = z.zone,
    changed_at = case when (m.attributes, m.zone) is distinct from (coalesce(t.attributes, '{{}}'), z.zone)
                      then :now else m.changed_at end, {_ARRIVED}
from (select distinct survivor_id as id from merging) s
left join told t on t.id = s.id left join zones z on z.id = s.id
where m.id = s.id
""")
_GONE = text(f"""
update members m set attributes = '{{}}', zone = null, merged_into = g.survivor_id, changed_at = :now, {_ARRIVED}
from merging g where m.id = g.merged_id
""")
# Who was merged into one who is merged away now: the pointer leads to the end at once.
_COMPRESS = text("update members m set merged_into = g.survivor_id from merging g where m.merged_into = g.merged_id")

_CONSENTS = text(f"""
with said as (
    select coalesce(g.survivor_id, c.member_id) as member_id, c.topic, c.granted, c.changed_at, c.source
    from consents c left join merging g on g.merged_id = c.member_id where c.member_id in {_OF_ALL})
insert into consents as c (member_id, topic, granted, changed_at, source)
select distinct on (member_id, topic) member_id, topic, granted, changed_at, source from said
order by member_id, topic, changed_at desc, granted
on conflict (member_id, topic) do update
set granted = excluded.granted, changed_at = excluded.changed_at, source = excluded.source
where (c.granted, c.changed_at, c.source) is distinct from (excluded.granted, excluded.changed_at, excluded.source)
""")
_NO_CONSENTS = text("delete from consents c using merging g where c.member_id = g.merged_id")

# A friend by any account; each account's own word is with its identity.
_FRIENDSHIPS = text(f"""
with said as (
    select coalesce(g.survivor_id, i.member_id) as member_id, i.status, i.changed_at
    from identities i left join merging g on g.merged_id = i.member_id
    where i.kind = 'line' and i.status is not null and i.member_id in {_OF_ALL}
    union all
    select coalesce(g.survivor_id, f.member_id), f.status, f.changed_at
    from friendships f left join merging g on g.merged_id = f.member_id where f.member_id in {_OF_ALL})
insert into friendships as f (member_id, status, changed_at)
select distinct on (member_id) member_id, status, changed_at from said
order by member_id, status = 'friend' desc, changed_at desc
on conflict (member_id) do update set status = excluded.status, changed_at = excluded.changed_at
""")
_NO_FRIENDSHIPS = text("delete from friendships f using merging g where f.member_id = g.merged_id")
# A block of one account while another one is a friend is no farewell: no rule of leaving or entering may take it so.
_OTHER_ACCOUNTS = text("""
update events e set "of" = 'another account'
from friendships f
where f.member_id in (select survivor_id from merging) and f.status = 'friend'
  and e.member_id = f.member_id and e.name = 'unfollow' and e."of" is null
  and exists (select from identities i where i.kind = 'line' and i.member_id = f.member_id offset 1)
""")

# Of several whose history nobody has before them, the first one's becomes hers.
_STAGES = text(f"""
with first as (
    select distinct on (g.survivor_id) g.survivor_id, g.merged_id from merging g
    where exists (select from stages s where s.member_id = g.merged_id)
      and not exists (select from stages s where s.member_id = g.survivor_id)
    order by g.survivor_id, g.place)
update stages s set member_id = f.survivor_id, {_ARRIVED} from first f where s.member_id = f.merged_id
""")
_END_STAGES = text(f"""
update stages s set left_at = greatest(:now, s.since), {_ARRIVED}
from merging g where s.member_id = g.merged_id and s.left_at is null
""")


def merge_people(connection: Connection, now: datetime) -> None:
    """Bring together what is known of those in `merging`, at business `now`, and let the merged point to who is left.

    It reads identities before they are moved.
    """
    at = {"now": now}
    connection.execute(_ATTRIBUTES, at)
    connection.execute(_GONE, at)
    connection.execute(_STAGES)
    connection.execute(_END_STAGES, at)
    for statement in (_COMPRESS, _CONSENTS, _NO_CONSENTS, _FRIENDSHIPS, _NO_FRIENDSHIPS):
        connection.execute(statement)


def tell_other_accounts(connection: Connection) -> None:
    """After all events were moved: mark the blocks of accounts beside which she is a friend with another."""
    connection.execute(_OTHER_ACCOUNTS)
