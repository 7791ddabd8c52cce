"""By which identities two profiles may be found to be one, as the policy says it; it merges nobody."""

from __future__ import annotations

from pydantic import Field

from journey_engine.language.written import Definition, Name


class Merging(Definition):
    """Two identities of kinds named in `by`, in one row, are one person's. A value that more than `shared_above`
    numbers of one kind claim is nobody's own (a shop's counter, a family): it joins none, and its rows are set aside.

    A telephone number joins only where it is named: families share one. A name never does.
    """

    by: tuple[Name, ...] = ("line", "customer_number", "email")
    shared_above: int = Field(default=3, ge=1)

    def joins(self, kind: str, other: str) -> bool:
        """Whether identities of these two kinds in one row are one person's."""
        return kind in self.by and other in self.by
