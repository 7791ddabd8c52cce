"""How often members will buy and what a purchase will be worth: BG/NBD and Gamma-Gamma; it knows no database.

BG/NBD (Fader, Hardie and Lee, "Counting your customers the easy way", Marketing Science 24, 2005): while she is a buyer
a member buys at a rate of her own, and after each purchase she may stop for good; rates are spread by a gamma, the
chance to stop by a beta distribution. Gamma-Gamma (Fader and Hardie 2013): purchases of a member vary around a mean of
her own, and these means by a gamma. Purchases of one day are one, lengths are days. scipy maximises the likelihoods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FEWEST = 50  # members who bought on two days or more, below which nothing is fitted


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
class Histories:
    """Members as arrays: `again`, days with a purchase after the first one; `last`, days from the first to the last of
    them; `seen`, days from the first until now; `worth`, the mean value of a day with a purchase; `members`, how many
    have this history."""

    again: Any
    last: Any
    seen: Any
    worth: Any
    members: Any

    @classmethod
    def of(cls, rows: list[tuple[float, ...]]) -> Histories:
        """From rows in that order."""
        import numpy as np

        columns = np.array(rows, dtype=float).reshape(-1, 5).T
        return cls(*columns)


def fit(told: Histories) -> Model | None:
    """The model that makes these histories likeliest; None: too few bought again, or no likeliest one is found."""
    if told.members[told.again > 0].sum() < FEWEST:
        return None
    buying = _likeliest(lambda logs: -buying_likelihood(told, *logs), 4, (0.0, told.seen.mean(), 1.0, 1.0))
    worth = _likeliest(lambda logs: -worth_likelihood(told, *logs), 3, (1.0, 2.0, float(told.worth.mean())))
    return Model(*buying, *worth) if buying and worth else None


def _likeliest(cost: Callable[[Any], Any], count: int, first: tuple[float, ...]) -> tuple[float, ...] | None:
    """The positive parameters of least cost, sought over their logarithms."""
    import numpy as np
    from scipy import optimize

    start = np.log([max(each, 0.5) for each in first[:count]])
    bounds = [(-10.0, 12.0)] * count  # beyond these a parameter says no more than at them
    reckoned: Any = optimize

    def at(logs: Any) -> float:
        return float(cost(np.exp(logs)))

    found = reckoned.minimize(at, start, method="L-BFGS-B", bounds=bounds)
    return tuple(float(each) for each in np.exp(found.x)) if found.success else None


def buying_likelihood(told: Histories, r: float, alpha: float, a: float, b: float) -> Any:
    """The log likelihood a member of BG/NBD (equation 6 of the paper)."""
    import numpy as np
    from scipy import special

    s: Any = special
    n: Any = np
    x = told.again
    both = s.gammaln(r + x) - s.gammaln(r) + r * n.log(alpha) + s.betaln(a, b + x) - s.betaln(a, b)
    stayed = -(r + x) * n.log(alpha + told.seen)
    stopped = n.log(a) - n.log(b + n.maximum(x, 1) - 1) - (r + x) * n.log(alpha + told.last)
    each = both + n.where(x > 0, n.logaddexp(stayed, stopped), stayed)
    return n.average(each, weights=told.members)


def worth_likelihood(told: Histories, p: float, q: float, v: float) -> Any:
    """The log likelihood a member of Gamma-Gamma, of members whose purchases were worth anything."""
    import numpy as np
    from scipy import special

    s: Any = special
    paid = told.worth > 0
    n, z = told.again[paid] + 1, told.worth[paid]
    each = s.gammaln(p * n + q) - s.gammaln(p * n) - s.gammaln(q) + q * np.log(v)
    each += (p * n - 1) * np.log(z) + p * n * np.log(n) - (p * n + q) * np.log(n * z + v)
    return np.average(each, weights=told.members[paid])


def still_buying(model: Model, told: Histories) -> Any:
    """The probability of each history that the member has not stopped."""
    import numpy as np

    x = told.again
    ratio = (model.r + x) * (np.log(model.alpha + told.seen) - np.log(model.alpha + told.last))
    odds = model.a / (model.b + np.maximum(x, 1) - 1) * np.exp(np.minimum(ratio, 700))
    return np.where(x > 0, 1 / (1 + odds), 1.0)


def purchases_ahead(model: Model, told: Histories, days: float) -> Any:
    """The expected days with a purchase of each history in the next `days` days (equation 10 of the paper)."""
    import numpy as np
    from scipy import special

    s: Any = special
    r, a, b, x = model.r, model.a, model.b, told.again
    if abs(a - 1) < 1e-6:  # the two factors below go to infinity and nought
        a = 1 + 1e-6
    z = days / (model.alpha + told.seen + days)
    # Euler's transformation of the paper's 2F1(r + x, b + x; a + b + x - 1; z), which overflows where x is large.
    left = np.power(1 - z, a - 1) * s.hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
    return (a + b + x - 1) / (a - 1) * (1 - left) * still_buying(model, told)


def worth_each(model: Model, told: Histories) -> Any:
    """The expected mean value of a purchase of each history: between hers and everybody's, by how many there were."""
    n = told.again + 1
    return model.p * (model.v + n * told.worth) / (model.p * n + model.q - 1)
