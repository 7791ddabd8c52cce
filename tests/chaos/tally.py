"""Counts over many runs, and the report of them; it judges none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields

from tests.chaos.evidence import Evidence


@dataclass(slots=True)
class Tally:
    """What all runs of one seed came to."""

    seed: int
    runs: Counter[str] = field(default_factory=Counter[str])
    died: Counter[str] = field(default_factory=Counter[str])
    struck: Counter[str] = field(default_factory=Counter[str])
    intents: Counter[str] = field(default_factory=Counter[str])
    requests: Counter[str] = field(default_factory=Counter[str])
    taken: Counter[str] = field(default_factory=Counter[str])
    harms: Counter[str] = field(default_factory=Counter[str])
    kills: int = 0
    stops: int = 0
    jumps: int = 0
    bundles: int = 0
    broken: list[int] = field(default_factory=list[int])

    def add(self, evidence: Evidence, complaints: list[str]) -> None:
        """One more run."""
        self.runs[evidence.script.manner] += 1
        self.died.update(
            {"database" if point.startswith("database") else point: n for point, n in evidence.reached.items()}
        )
        self.struck.update(evidence.struck)
        self.intents.update(
            intent.status if intent.status != "skipped" else f"skipped: {intent.reason}" for intent in evidence.intents
        )
        self.requests.update(request.status for request in evidence.requests)
        self.taken.update(taken.endpoint for taken in evidence.ledger)
        self.harms.update(e.harm for r in evidence.script.rounds for e in r.before)
        self.harms.update(e.harm for r in evidence.script.rounds if r.meanwhile for e in r.meanwhile[2])
        self.kills += evidence.kills
        self.stops += evidence.stops
        self.jumps += sum(round_.jump > 0 for round_ in evidence.script.rounds)
        self.bundles += sum(len(taken.messages) > 1 for taken in evidence.ledger)
        if complaints:
            self.broken.append(evidence.script.number)

    def join(self, other: Tally) -> None:
        """What was counted elsewhere, too."""
        for each in fields(self):
            theirs = getattr(other, each.name)
            match getattr(self, each.name):
                case Counter() as ours:
                    ours.update(theirs)
                case list() as ours:
                    ours.extend(theirs)
                case int() as ours if each.name != "seed":
                    setattr(self, each.name, ours + theirs)

    def report(self, seconds: float) -> str:
        """Counts and seeds, in lines."""
        runs = self.runs.total()
        lines = [
            f"seed {self.seed}: {runs:,} runs in {seconds:.0f} s ({_listed(self.runs)})",
            f"  kill -9 of a sender's process: {self.kills:,}; stops of the database: {self.stops:,};"
            f" jumps of the clock: {self.jumps:,}",
            f"  senders that died, by point: {_listed(self.died)}",
            f"  faults of LINE's: {_listed(self.struck)}",
            f"  what happened to members: {_listed(self.harms)}",
            f"  intents: {self.intents.total():,} ({_listed(self.intents)})",
            f"  requests: {self.requests.total():,} ({_listed(self.requests)})",
            f"  acceptances in LINE's ledger: {self.taken.total():,} ({_listed(self.taken)}),"
            f" of more than one message: {self.bundles:,}",
        ]
        if not self.broken:
            return "\n".join([*lines, "  nothing accepted twice, nothing lost, unknown only where the rules say so"])
        again = [f"    python -m tests.chaos --seed {self.seed} --only {number}" for number in sorted(self.broken)]
        return "\n".join([*lines, f"  BROKEN: {len(self.broken)} runs", *again])


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"
