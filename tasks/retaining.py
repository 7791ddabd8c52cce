"""Taking away what the policy keeps no longer, as a task run with its counts; it decides nothing itself."""

from __future__ import annotations

from journey_engine.data import retaining
from tasks.ground import Ground
from tasks.pieces import Done, Told, piece


def sweep(on: Ground) -> Done[dict[str, int]]:
    """What is too old goes, piece by piece; a failure leaves what was not reached to the next night."""

    def told(rows: dict[str, int]) -> Told:
        said = ", ".join(f"{table} {count:,}" for table, count in rows.items())
        return Told(
            f"{sum(rows.values()):,}" if rows else "nothing", said or "Nothing is older than the policy keeps it."
        )

    return piece("retention", lambda: retaining.sweep(on.engine, on.project.policy, on.now), told, retries=2)
