"""How telephone numbers are read: by which country's habits, where they do not begin with +; it reads none."""

from __future__ import annotations

from journey_engine.language.written import Definition


class Phones(Definition):
    """`country`: ISO 3166 code of where a number without + is at home (None: that of the policy's calendar)."""

    country: str | None = None
