"""What the process has imported from which killed ones are forked (`beside.py`); nobody else imports this module."""

from __future__ import annotations

from journey_engine.gate import gate
from tests.calling import caller
from tests.data import killing
from tests.line import resident, sender

__all__ = ["caller", "killing", "resident", "sender"]

gate.ready()
