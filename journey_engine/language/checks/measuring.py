"""Whether rules of upselling ask for what happens, and money was spent on sources there are; it reckons no figure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from journey_engine.language.catalog import Policy
from journey_engine.language.checks.names import Spot, unknown
from journey_engine.language.checks.queries import query_problems
from journey_engine.language.gather import Gathered
from journey_engine.language.places import Problem
from journey_engine.language.words import Words


def measuring_problems(found: Gathered, policy: Spot) -> Iterator[Problem]:
    """Everything wrong with `upsell` and `acquisition` of the policy."""
    assert found.policy is not None
    yield from _upsell(found.policy.value, policy)
    yield from _acquisition(found.policy.value, policy, found.replies.value.sources if found.replies else {})


def _upsell(policy: Policy, spot: Spot) -> Iterator[Problem]:
    schema = spot.names.schema
    for name, rule in policy.upsell.items():
        at = spot.below("upsell", name)
        yield from query_problems(rule.after.query, at.below("after"))
        yield from query_problems(rule.then.query, at.below("then"))
        for part, event in (("after", rule.after.query.event), ("then", rule.then.query.event)):
            kind = schema.events.get(event) if schema is not None else None
            if rule.more and kind is not None and kind.value is None:
                what = Words(f"「{event}」沒有金額，比不出 more。", f"“{event}” has no value to be more than.")
                yield at.page.problem((*at.path, part), what, _NO_MORE)


def _acquisition(policy: Policy, spot: Spot, sources: Collection[str]) -> Iterator[Problem]:
    for source, spends in policy.acquisition.items():
        path = ("acquisition", source)
        if sources and source not in sources:
            yield spot.page.problem(path, *unknown("source", source, sources), key=True, severity="warning")
        for spend in spends:
            if spend.to < spend.from_:
                what = Words(f"{spend.to} 在 {spend.from_} 之前。", f"{spend.to} is before {spend.from_}.")
                yield spot.page.problem(path, what, _SPAN, key=True)


_NO_MORE = Words("請刪掉 more，或用 value 是金額的事件。", "Delete “more”, or name an event whose value is money.")
_SPAN = Words("from 寫第一天，to 寫最後一天。", "Write the first day as “from” and the last as “to”.")
