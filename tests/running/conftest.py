"""A shop of the sender's, too."""

from __future__ import annotations

from tests.line.conftest import shop

__all__ = ["shop"]
