"""One run in words, for whoever has to find out what went wrong; it judges nothing."""

from __future__ import annotations

from tests.chaos.evidence import Evidence
from tests.chaos.scripts import Script


def complained(script: Script, complaints: list[str]) -> str:
    """What the oracle says of a run, and how to see it again."""
    head = f"run {script.number} ({script.manner}): python -m tests.chaos --seed {script.seed} --only {script.number}"
    return "\n".join([head, *(f"    {complaint}" for complaint in complaints)])


def told(evidence: Evidence) -> str:
    """The whole run: script, rows, ledger."""
    script = evidence.script
    lines = [
        f"policy {script.policy} line_quota {script.line_quota} lease {script.lease} batch {script.batch}"
        f" give up after {script.give_up_after} drops_unknown {script.drops_unknown}",
        *(f"  {person}" for person in script.people),
        *(f"  {wish}" for wish in script.wishes),
    ]
    for round_, mark in zip(script.rounds, evidence.marks, strict=False):
        lines += [f"  {round_}", f"    died {mark.died}; LINE has {mark.accepted}; given up {mark.unknown}"]
    lines += [f"  healed at {evidence.healed_at}", *(f"    {intent}" for intent in evidence.healed)]
    lines += [f"  in the end, {evidence.ended_at}", *(f"    {intent}" for intent in evidence.intents)]
    lines += [f"    {request}" for request in evidence.requests]
    lines += [f"    {attempt}" for attempt in evidence.attempts]
    lines += [f"    {taken}" for taken in evidence.ledger]
    lines += [f"  quota: ours {evidence.quota_used}, LINE's {evidence.line_used}; struck {evidence.struck}"]
    return "\n".join(lines)
