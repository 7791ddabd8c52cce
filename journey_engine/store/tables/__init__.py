"""All tables, one module per noun; importing this package fills `metadata`."""

from journey_engine.store.tables import (
    calling,
    coupons,
    delivery,
    erasure,
    experiments,
    features,
    happenings,
    links,
    moving,
    operation,
    people,
    quota,
    ranks,
    sharing,
    synchronising,
    waves,
)
from journey_engine.store.tables.metadata import metadata

__all__ = [
    "calling",
    "coupons",
    "delivery",
    "erasure",
    "experiments",
    "features",
    "happenings",
    "links",
    "metadata",
    "moving",
    "operation",
    "people",
    "quota",
    "ranks",
    "sharing",
    "synchronising",
    "waves",
]
