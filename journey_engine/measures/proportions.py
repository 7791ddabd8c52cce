"""Shares and their uncertainty, as the statistics libraries reckon them; it knows no members and no tables.

95 % throughout. The libraries take a second to import, so only who has something to reckon pays for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import asin, ceil, floor, isfinite, pi, sin, sqrt
from typing import Any

Interval = tuple[float, float]
LEAST_EXPECTED = 5  # of each arm, for the chi-square test to say anything (Cochran's rule)


def share_interval(count: int, of: int) -> Interval:
    """Wilson's interval of the share `count / of`; `of` is above 0."""
    from statsmodels.stats import proportion

    reckoned: Any = proportion
    low, high = reckoned.proportion_confint(count, of, method="wilson")
    return float(low), float(high)


def difference_interval(count: int, of: int, first: int, of_first: int) -> Interval:
    """Newcombe's hybrid score interval of `count / of - first / of_first`; both are of somebody."""
    from statsmodels.stats import proportion

    reckoned: Any = proportion
    low, high = reckoned.confint_proportions_2indep(count, of, first, of_first, method="newcomb", compare="diff")
    return float(low), float(high)


def difference_p(count: int, of: int, first: int, of_first: int) -> float:
    """The two-sided p value that both shares are one (pooled z test); 1 where all or none did it."""
    from statsmodels.stats import proportion

    if count + first in (0, of + of_first):
        return 1.0
    reckoned: Any = proportion
    _, p = reckoned.proportions_ztest([count, first], [of, of_first])
    return float(p)


def ratio_interval(count: int, of: int, first: int, of_first: int) -> Interval | None:
    """Koopman's score interval of `(count / of) / (first / of_first)`; None where one of them is nobody or all."""
    from statsmodels.stats import proportion

    if not (0 < count < of and 0 < first < of_first):
        return None
    reckoned: Any = proportion
    low, high = reckoned.confint_proportions_2indep(count, of, first, of_first, method="score", compare="ratio")
    return float(low), float(high)


def detectable(of: int, first: int, of_first: int) -> float | None:
    """The least difference above `first / of_first` that so many show in 4 of 5 trials at 5 %; None: not even 100 %."""
    from statsmodels.stats import power

    reckoned: Any = power
    size = reckoned.NormalIndPower().solve_power(nobs1=of, ratio=of_first / of, alpha=0.05, power=0.8)
    angle = asin(sqrt(first / of_first)) + size / 2  # Cohen's h, back on the scale of shares
    return sin(angle) ** 2 - first / of_first if angle < pi / 2 else None


def several(p: Sequence[float]) -> list[float]:
    """The p values of several comparisons with one arm, by Holm; one alone stays as it is."""
    from statsmodels.stats import multitest

    if len(p) < 2:
        return list(p)
    reckoned: Any = multitest
    return [float(each) for each in reckoned.multipletests(list(p), method="holm")[1]]


def mean_interval(counted: Mapping[int, int]) -> Interval | None:
    """The interval of the mean of values that so many have each (normal); None where all have the same."""
    from statsmodels.stats import weightstats

    if sum(count > 0 for count in counted.values()) < 2:
        return None
    reckoned: Any = weightstats
    low, high = reckoned.DescrStatsW(list(counted), weights=list(counted.values())).zconfint_mean()
    return float(low), float(high)


def mean_difference_interval(counted: Mapping[int, int], first: Mapping[int, int]) -> Interval | None:
    """Welch's interval of the mean of `counted` less that of `first`; None where all of one have the same value."""
    from statsmodels.stats import weightstats

    if any(sum(count > 0 for count in each.values()) < 2 for each in (counted, first)):
        return None
    reckoned: Any = weightstats
    both = [reckoned.DescrStatsW(list(each), weights=list(each.values())) for each in (counted, first)]
    low, high = reckoned.CompareMeans(*both).tconfint_diff(usevar="unequal")
    return float(low), float(high)


def quantile(counted: Mapping[int, int], share: float) -> float:
    """The quantile of values in rising order that so many have each, between two neighbours by their distance."""
    place = share * (sum(counted.values()) - 1)
    below, above = _at(counted, floor(place)), _at(counted, ceil(place))
    return below + (above - below) * (place - floor(place))


def _at(counted: Mapping[int, int], place: int) -> int:
    """The value at a place from 0; 0 where there is none."""
    for value, count in counted.items():
        if place < count:
            return value
        place -= count
    return 0


def ratio_p(observed: Sequence[int], shares: Sequence[float]) -> float | None:
    """The p value that members were drawn by these shares (chi-square); None as long as there are too few to say."""
    total = sum(observed)
    expected = [share * total for share in shares]
    if len(observed) < 2 or min(expected) < LEAST_EXPECTED:
        return None
    from scipy import stats

    reckoned: Any = stats
    return float(reckoned.chisquare(list(observed), expected).pvalue)


def median_time(
    counted: Sequence[tuple[float, bool, int]],
) -> tuple[float | None, tuple[float | None, float | None]]:
    """The time by which half has come, by Kaplan and Meier, and its interval; None where that was not seen.

    `counted`: (time, whether it came then or was not seen any longer, how many).
    """
    import numpy as np
    from statsmodels.duration import survfunc

    reckoned: Any = survfunc
    if not any(came for _, came, _ in counted):
        return None, (None, None)
    times, came, counts = zip(*counted, strict=True)
    # Not by freq_weights: statsmodels 0.15 then gives standard errors of another scale, and intervals without an end.
    curve = reckoned.SurvfuncRight(np.repeat(times, counts), np.repeat([int(each) for each in came], counts))
    low, high = curve.quantile_ci(0.5)
    return _finite(curve.quantile(0.5)), (_finite(low), _finite(high))


def _finite(value: Any) -> float | None:
    return float(value) if isfinite(value) else None
