"""All tables, one module per noun; importing this package fills `metadata`."""

from journey_engine.store.tables import delivery, happenings, moving, operation, people
from journey_engine.store.tables.metadata import metadata

__all__ = ["delivery", "happenings", "metadata", "moving", "operation", "people"]
