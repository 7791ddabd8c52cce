"""Whether the identities by which profiles may become one are brought by anything; it merges nobody."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.catalog import Policy
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.merging import Merging
from journey_engine.language.places import Problem
from journey_engine.language.words import Words, did_you_mean


def merging_problems(found: Gathered, kept: Kept) -> Iterator[Problem]:
    """A kind of identity that no feed brings joins nobody: most likely it is spelt otherwise there."""
    policy: Policy = kept.value
    known = {*Merging().by}
    for feed in found.feeds.values():
        known |= {feed.value.member.by, *(feed.value.members.identities if feed.value.members else ())}
    for place, kind in enumerate(policy.merge.by):
        if kind not in known:
            what = Words(f"沒有任何資料來源會帶來識別「{kind}」。", f"No feed brings the identity “{kind}”.")
            yield kept.page.problem(("merge", "by", place), what, did_you_mean(kind, known))
