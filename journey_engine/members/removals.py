"""What is taken of a member who is erased, table by table, and what of her row stays to be counted; it runs nothing.

Every column that can hold text stands here: in REMOVED by the statement that empties it, or in OURS with the reason why
nothing of a member's is in it. A test holds both against the tables, so that a new column cannot be forgotten.
The statements read the temporary tables `forgotten` (member_id, member_key) and `forgotten_values` (kind, value).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from journey_engine.store.tables.happenings import EVERY_NAME


@dataclass(frozen=True, slots=True)
class Removal:
    """A statement over all who are forgotten, and the columns (`table.column`) of theirs it leaves empty."""

    columns: tuple[str, ...]
    statement: str


_HERS = "where {0}.member_id in (select member_id from forgotten)"

# Requests come first and intents after them, in the order in which a sender locks them.
DELIVERY: Final = (
    Removal(
        ("requests.body", "requests.recipients", "requests.reason"),
        """update requests r set body = null, reason = split_part(r.reason, ' ', 1),
               recipients = array(select case when u.value in (select value from forgotten_values where kind = 'line')
                                              then '(erased)' else u.value end
                                  from unnest(r.recipients) with ordinality as u (value, place) order by u.place)
           where r.id in (select id from forgotten_requests) and r.status not in ('ready', 'attempting')""",
    ),
    Removal(
        ("attempts.detail",),
        "update attempts a set detail = null where a.request_id in (select id from forgotten_requests)",
    ),
    # A code that was never sent goes back to its pool when its intent is skipped; until then it must be known.
    Removal(
        ("intents.entry", "intents.codes", "intents.recipient", "intents.answers"),
        f"""update intents i set entry = '{{}}', answers = null,
                codes = case when i.status in ('pending', 'frozen') then i.codes end,
                recipient = case when i.status = 'frozen' then i.recipient end
            {_HERS.format("i")}""",
    ),
    Removal(("reply_tokens.token", "reply_tokens.event_id"), f"delete from reply_tokens t {_HERS.format('t')}"),
    Removal(("links.target",), f"update links l set target = 'erased:' || l.id {_HERS.format('l')}"),
    Removal((), f"update coupon_codes c set member_id = null {_HERS.format('c')} and c.enrolment_id is not null"),
    Removal(
        ("calls.content", "calls.answer", "calls.reason"),
        f"""update calls c set content = null, answer = null, next_attempt_at = null,
                reason = case c.status when 'pending' then 'erased' when 'dropped' then c.reason
                                       when 'failed' then 'failed' end,
                settled_at = coalesce(c.settled_at, cast(:now as timestamptz)),
                status = case c.status when 'pending' then 'dropped' else c.status end
            {_HERS.format("c")} and c.status <> 'calling'""",
    ),
)
MOVING: Final = (
    Removal(
        ("inside.entry_key",),
        f"update inside i set entry_key = 'erased:' || i.enrolment_id {_HERS.format('i')} and i.entry_key <> ''",
    ),
    # The reference of a date names the day: of a birthday, hers.
    Removal(
        ("enrolments.entry", "enrolments.entry_key", "enrolments.entry_ref"),
        f"""update enrolments e set entry = '{{}}',
                entry_key = case when e.entry_key = '' then '' else 'erased:' || e.id end,
                entry_ref = case when e.entry_ref like 'date:%' then 'erased:' || e.id else e.entry_ref end
            {_HERS.format("e")}""",
    ),
    Removal(("entrances.entry", "entrances.entry_ref"), f"delete from entrances e {_HERS.format('e')}"),
    Removal(
        ("refusals.why", "refusals.entry_ref"),
        f"""update refusals r set why = null, entry_ref = case when r.entry_ref like 'date:%'
                then 'erased:' || gen_random_uuid() else r.entry_ref end {_HERS.format("r")}""",
    ),
    Removal(
        ("moves.path",),
        f"""update moves m set path = (
                select coalesce(jsonb_agg(each.step - 'why' order by each.place), '[]')
                from jsonb_array_elements(m.path) with ordinality as each (step, place))
            {_HERS.format("m")} and jsonb_path_exists(m.path, '$[*].why')""",
    ),
    Removal(
        ("hand_offs.note",),
        f"""update hand_offs h set note = '', closed_at = coalesce(h.closed_at, cast(:now as timestamptz)),
                closed_by = coalesce(h.closed_by, 'erasure') {_HERS.format("h")}""",
    ),
    Removal(("stuck.reason",), f"update stuck s set reason = 'erased' {_HERS.format('s')}"),
)
PEOPLE: Final = (
    # When it was, what it was worth and what it was about are counted still: of its properties the numbers stay that
    # the schema declares, and the words that the engine itself put there.
    Removal(
        ("events.properties",),
        f"""update events e set properties = coalesce((
                select jsonb_object_agg(p.key, p.value) from jsonb_each(e.properties) p
                where cast(:own as jsonb) -> e.source ? p.key
                   or cast(:numbers_of as jsonb) -> e.name ? p.key
                      and p.value #>> '{{}}' ~ '^-?[0-9]+([.][0-9]+)?$'), '{{}}')
            {_HERS.format("e")} and e.name = any ({EVERY_NAME}) and e.properties <> '{{}}'""",
    ),
    Removal(("retracted_events.properties",), f"update retracted_events r set properties = '{{}}' {_HERS.format('r')}"),
    Removal((), f"delete from feed_members f {_HERS.format('f')}"),
    Removal(("profiles.said",), f"delete from profiles p {_HERS.format('p')}"),
    Removal(
        ("merges.reason",),
        """update merges m set reason = 'erased' where m.survivor_id in (select member_id from forgotten)
               or m.merged_id in (select member_id from forgotten)""",
    ),
    Removal(
        ("merge_findings.reason",),
        """update merge_findings m set reason = 'erased' where m.member_id in (select member_id from forgotten)
               or m.other_id in (select member_id from forgotten)""",
    ),
    Removal((), f"delete from friendships f {_HERS.format('f')}"),
    Removal((), f"delete from consents c {_HERS.format('c')}"),
    Removal(
        ("consent_log.proof",),
        f"update consent_log c set proof = null, batch_id = null, row_number = null {_HERS.format('c')}",
    ),
    Removal(("identities.value",), f"delete from identities i {_HERS.format('i')}"),
    # A key of chance: her draws stand in the visits, and nothing is drawn for her again. It was a hash of her number.
    Removal(
        ("members.member_key", "members.attributes", "members.zone"),
        """update members m set attributes = '{}', zone = null, changed_at = cast(:now as timestamptz),
               member_key = case when m.erased_at is null or m.member_key not like 'erased-%'
                                 then 'erased-' || replace(gen_random_uuid()::text, '-', '') else m.member_key end,
               erased_at = coalesce(m.erased_at, cast(:now as timestamptz)),
               arrived = (pg_current_xact_id()::text)::bigint
           where m.id in (select member_id from forgotten)""",
    ),
)
# What the engine itself writes into events, by source: names of steps, messages, links and rules, and its own words.
OWN_WORDS: Final = {
    "sender": ["step", "reason"],
    "engine": ["step", "endpoint", "status"],
    "link": ["step", "link", "host"],
    "replies": ["message", "rule", "source"],
    "line": ["button"],
}
# Texts without a member, in which one may be named all the same: her identities are struck out of them.
MENTIONS: Final = (
    ("holds", "reason"),
    ("holds", "cure"),
    ("holds", "release_reason"),
    ("batches", "source"),
    ("batches", "verdict"),
    ("applications", "words"),
    ("inbox", "outcome"),
    ("quarantine", "reasons"),
    ("quarantine", "settle_reason"),
    ("waves", "verdict"),
)
# By other statements than these: `erasing` looks for her in them by her identities.
BY_IDENTITY: Final = (
    "inbox.body",
    "inbox.webhook_event_id",
    "inbox.message_id",
    "inbox.outcome",
    "quarantine.content",
    "event_keys.key",
)

# Where no text of a member's can stand, and why.
OURS: Final = {
    "a name that the project's files declare, or one of our own words for a state": (
        "attempts.outcome batches.feed batches.status buckets.channel buckets.endpoint calls.endpoint calls.journey "
        "calls.status calls.step changed_events.name channels.channel consent_log.source consent_log.topic "
        "consents.source consents.topic feature_sets.feeds feature_sets.name "
        "coupon_codes.pool coverage.feed cuts.rank definitions.kind definitions.name enrolments.arm enrolments.arms "
        "enrolments.end_reason enrolments.journey entrances.journey erased_identities.kind event_keys.source "
        "events.name events.of events.source feed_members.feed retracted_events.name retracted_events.of "
        "retracted_events.source watermarks.feed exposures.arm exposures.journey exposures.step follower_lists.channel "
        "friendships.status hand_offs.journey hand_offs.step hand_offs.team holds.name holds.scope identities.kind "
        "identities.status inbox.source inside.journey intents.journey intents.message intents.reason intents.status "
        "intents.step intents.topic journey_clocks.journey links.link links.message links.tag moves.journey "
        "paces.journey profiles.status quarantine.feed quarantine.status quota_checks.channel quota_checks.endpoint "
        "quota_ledger.channel quota_ledger.endpoint quota_ledger.topic refresh_history.name refresh_history.scope "
        "refreshes.name refreshes.scope refusals.journey refusals.reason requests.channel requests.endpoint "
        "requests.status runs.kind runs.name runs.status segment_members.segment source_visits.source stages.stage "
        "step_counts.journey step_counts.outcome step_counts.step stuck.journey tags.source tags.tag waiting.journey "
        "waiting.step waves.message waves.status"
    ),
    "counts by such names": (
        "runs.counts batches.counts merges.counts refresh_history.counts refreshes.counts shares.counts"
    ),
    "the project's files as they were made live; a tester who is named in policy.yaml is taken out there": (
        "applications.plan applications.versions definitions.body definitions.checksum"
    ),
    "who of the team did it": (
        "applications.applied_by definitions.applied_by erasures.by hand_offs.closed_by holds.released_by "
        "intents.settled_by merge_findings.by merges.by "
        "quarantine.settled_by"
    ),
    "why, and an erasure that is named in its own reason is refused": "erasures.reason",
    "a number, a day, a mark of the machine's": (
        "batches.checksum batches.day batches.read_as channels.home channels.quota_month feature_sets.definition "
        "feature_sets.snapshot follower_lists.next journey_clocks.snapshot watermarks.mark"
    ),
    "LINE's number of a request, and the hash of its whole body": (
        "attempts.line_request_id requests.body_hash requests.line_request_id"
    ),
    "the shop's own stock; whose a code was is taken": "coupon_codes.code",
    "keys, and what nobody reads a person from without one": ("erased_identities.hash identity_keys.key link_keys.key"),
}
