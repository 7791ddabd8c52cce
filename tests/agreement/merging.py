"""Which members of a drawn case turn out to be one, and when; it merges nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from tests.agreement.histories import Case, Merge
from tests.reference.facts import Stay


def merging(drawn: Case, plan: int) -> Case:
    """The case with half of its members found to be their neighbours, between two ticks; nobody who is erased."""
    chance = Random(plan)
    members = list(drawn.members)
    found: dict[datetime, list[tuple[int, int]]] = {tick + timedelta(minutes=30): [] for tick in drawn.ticks[:-1]}
    for left in range(0, len(members) - 1, 2):
        (one, _), (other, arrivals) = members[left], members[left + 1]
        if one.erased_at is None and other.erased_at is None:
            found[chance.choice(list(found))].append((left, left + 1))
            members[left + 1] = other, tuple(each for each in arrivals if not isinstance(each, Stay))
    return replace(
        drawn, members=tuple(members), merges=tuple(Merge(at, tuple(pairs)) for at, pairs in found.items() if pairs)
    )
