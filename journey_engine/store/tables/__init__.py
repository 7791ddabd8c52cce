"""All tables, one module per noun; importing this package fills `metadata`."""

<<<<<<< HEAD
from journey_engine.store.tables import (
    calling,
    coupons,
    delivery,
    experiments,
    happenings,
    moving,
    operation,
    people,
    ranks,
    synchronising,
)
from journey_engine.store.tables.metadata import metadata

__all__ = [
    "calling",
    "coupons",
    "delivery",
    "experiments",
    "happenings",
    "metadata",
    "moving",
    "operation",
    "people",
    "ranks",
    "synchronising",
]
=======
from journey_engine.store.tables import calling, delivery, experiments, happenings, links, moving, operation, people, ranks
from journey_engine.store.tables.metadata import metadata

__all__ = ["calling", "delivery", "experiments", "happenings", "links", "metadata", "moving", "operation", "people", "ranks"]
>>>>>>> 43d645b (Links of our own: sealed tokens, where they lead, and the redirector)
