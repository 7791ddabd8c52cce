"""Ten typical segments over the people of `world`, in the language of the journeys; it works none of them out."""

from __future__ import annotations

from functools import cache
from typing import Any

from benchmarks import population
from journey_engine.language.project import Project

RULES = {
    "loyal": "rfm recency >= 4 and rfm frequency >= 4",
    "lapsed": "purchase within 90 days and no purchase within 30 days",
    "big_spenders": "sum of purchase.value within 90 days >= 3000",
    "frequent": "purchase at least 3 times within 30 days",
    "curious": "click at least 5 times within 30 days and no purchase within 30 days",
    "of_one_store": "purchase at least 2 times within 90 days where store = 's7'",
    "readers": "open at least 3 times within 14 days and no click within 14 days",
    "best_tenth": "top 10% by sum of purchase.value within 90 days",
    "newcomers": "follow within 14 days and no purchase",
    "golden_coffee": "tag coffee and tier = 'gold' and purchase within 60 days",
}


@cache
def project() -> Project:
    """The project of all benchmarks with these segments and without its journey."""
    told: dict[str, Any] = population.written()
    told["schema"]["rfm"] = {"event": "purchase", "within": "90 days"}
    told["journeys"] = {}
    told["segments"] = {name: {"segment": name, "title": name, "is": rule} for name, rule in RULES.items()}
    return Project.model_validate(told)
