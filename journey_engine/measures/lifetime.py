"""What a member was worth so far, and what she will be by a documented model with its own error told; it only reads.

The model is BG/NBD for how often she will buy again (Fader, Hardie and Lee, Marketing Science 24, 2005) and
Gamma-Gamma for what a purchase of hers is worth (Fader and Hardie 2013): two small likelihoods fitted by scipy on
counts of days, purchases and value. Its error is what it says of months that were held back from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection

from journey_engine.language.project import Project


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted parameters: BG/NBD (r, alpha in days, a, b) and Gamma-Gamma (p, q, v)."""

    r: float
    alpha: float
    a: float
    b: float
    p: float
    q: float
    v: float


@dataclass(frozen=True, slots=True)
class Tested:
    """The model fitted without the last `days` days, against what then came in them; values are money a member.

    `mae`: mean absolute error a member, `bias`: mean of projected minus actual. `naive_mae`: of saying that everybody
    spends on as she did. A model whose error is not below it is not worth its trouble, and a report says so.
    """

    days: int
    members: int
    projected: float
    actual: float
    mae: float
    bias: float
    naive_mae: float


@dataclass(frozen=True, slots=True)
class Value:
    """One cohort (or all: month None): realised value, what is projected for the next `days` days, and who is left.

    `still_buying`: the sum of the model's probabilities that a member has not stopped.
    """

    month: date | None
    members: int
    purchases: int
    realised: Decimal
    projected: float | None
    still_buying: float | None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """`model` and `tested` None: too few purchases to fit or test one; then nothing is projected."""

    event: str
    covered_to: datetime
    days: int
    model: Model | None
    tested: Tested | None
    everybody: Value
    cohorts: tuple[Value, ...]


def lifetime(
    conn: Connection, project: Project, now: datetime, days: int = 365, held_back: int = 90
) -> Lifetime | None:
    """Realised and projected value at business `now`, tested on the last `held_back` days; None: nothing is a
    purchase."""
    raise NotImplementedError
