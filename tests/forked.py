"""What the process has imported from which others are forked (`beside.py`); nobody else imports this module."""

from __future__ import annotations

from journey_engine.gate import gate
from tests.calling import caller
from tests.data import killing
from tests.line import eraser, resident, sender, taker
from tests.moving import helping
from tests.store import starting

__all__ = ["caller", "eraser", "helping", "killing", "resident", "sender", "starting", "taker"]

gate.ready()
