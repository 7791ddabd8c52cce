"""What is to go, put together into requests: one member's messages travel as one, equal ones of many as a multicast.

It writes nothing. LINE bills recipients, not bubbles, so what is due to a member at once goes in one request where its
rules allow it: at most 5 objects, no message torn apart, all silent or none, and quick replies at the very end.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from journey_engine.language import limits
from journey_engine.line.deciding import Decided
from journey_engine.line.render import Rendering


@dataclass(slots=True)
class Bundle:
    """One member's part of a request. `places` says at which message object each of `held` begins, from 0."""

    held: list[Decided]
    messages: str  # a JSON array
    silent: bool
    size: int  # message objects, at most
    ended: bool  # nothing may follow
    places: tuple[int, ...] = (0,)

    @property
    def first(self) -> Decided:
        """The one that comes first, by whose topic the request is counted."""
        return self.held[0]

    @property
    def recipient(self) -> str:
        """Whom it goes to, as LINE knows her."""
        return self.held[0].recipient

    def takes(self, each: Decided, rendering: Rendering) -> bool:
        """Whether a message may travel behind those that are in it."""
        fits = self.size + rendering.size <= limits.MESSAGES_PER_REQUEST
        return fits and not self.ended and not each.alone and self.silent == rendering.silent

    def add(self, each: Decided, messages: str, rendering: Rendering) -> None:
        """Put a message behind those that are in it."""
        place = len(json.loads(self.messages))
        self.messages = f"{self.messages[:-1]}, {messages[1:]}"
        self.size = place + rendering.size
        self.ended = rendering.quick_replies
        self.held.append(each)
        self.places = (*self.places, place)


@dataclass(slots=True)
class Sorting:
    """A decision taken apart: what goes, by request; what is skipped, and why; what is put off; what is left as it is.

    What is left is decided anew when that on which it hangs is settled.
    """

    bundles: list[Bundle] = field(default_factory=list[Bundle])
    skipped: list[tuple[Decided, str]] = field(default_factory=list[tuple[Decided, str]])
    deferred: list[Decided] = field(default_factory=list[Decided])
    left: list[Decided] = field(default_factory=list[Decided])


@dataclass(slots=True)
class _Sorter:
    texts: Mapping[int, str]
    blocked: Mapping[int, str]
    renderings: Mapping[str, Rendering]
    spared: Collection[int]  # members of whose messages one does not go that took room under a cap
    done: Sorting = field(default_factory=Sorting)
    of_member: dict[int, list[Bundle]] = field(default_factory=dict[int, list[Bundle]])
    # What an enrolment's later messages may join; None: the earlier one waits, and so do they.
    of_enrolment: dict[int, Bundle | None] = field(default_factory=dict[int, Bundle | None])

    def sort(self, each: Decided) -> None:
        """One intent, those before it in the decision's order being done."""
        if each.intent in self.texts and not each.follows:  # as nearly all
            self._goes(each)
            return
        before = self.of_enrolment.get(each.enrolment) if each.enrolment is not None else None
        if each.follows and (each.enrolment in self.of_enrolment):
            self._behind(each, before)
        elif each.intent in self.blocked:
            self.done.skipped.append((each, self.blocked[each.intent]))
        elif each.member in self.spared and _capped(each):
            self._wait(each, self.done.left)
        elif each.reason is not None:
            self.done.skipped.append((each, each.reason))
        elif each.not_before is not None:
            self._wait(each, self.done.deferred)
        elif each.intent not in self.texts:
            self._wait(each, self.done.left)
        else:
            self._goes(each)

    def _behind(self, each: Decided, before: Bundle | None) -> None:
        """It goes with the message before it, or is decided when that one is settled."""
        text, rendering = self.texts.get(each.intent), self.renderings.get(each.message)
        if before is not None and text is not None and rendering is not None and before.takes(each, rendering):
            before.add(each, text, rendering)
        else:
            self._wait(each, self.done.left)

    def _goes(self, each: Decided) -> None:
        text, rendering = self.texts[each.intent], self.renderings[each.message]
        hers = self.of_member.get(each.member)
        bundle = None if hers is None else next((one for one in hers if one.takes(each, rendering)), None)
        if bundle is None:
            ended = each.alone or rendering.quick_replies
            bundle = Bundle([each], text, rendering.silent, rendering.size, ended)
            self.done.bundles.append(bundle)
            if hers is None:
                self.of_member[each.member] = [bundle]
            else:
                hers.append(bundle)
        else:
            bundle.add(each, text, rendering)
        if each.enrolment is not None:
            self.of_enrolment[each.enrolment] = bundle

    def _wait(self, each: Decided, where: list[Decided]) -> None:
        where.append(each)
        if each.enrolment is not None:
            self.of_enrolment[each.enrolment] = None


def sort_out(
    decided: Sequence[Decided],
    texts: Mapping[int, str],
    blocked: Mapping[int, str],
    renderings: Mapping[str, Rendering],
) -> Sorting:
    """The decision by what becomes of it. `texts` are the messages of what goes by intent, as JSON arrays.

    A later message of a visit goes with the earlier one or after it. `blocked`: values that cannot be put in; what took
    room under a cap and does not go for that, leaves what the member was refused for a cap to the next decision.
    """
    spared = {each.member for each in decided if each.intent in blocked}
    sorter = _Sorter(texts, blocked, renderings, spared)
    for each in decided:
        sorter.sort(each)
    return sorter.done


def spare(done: Sorting, decided: Sequence[Decided], carried: Iterable[Bundle]) -> None:
    """Leave what members were refused for a cap after something of theirs that took room and does not go after all.

    What stands before that in the decision's order was refused for what others took; the other may wait for it. Nor is
    anything left in an enrolment of which something later is `carried`: it would come after that.
    """
    if not (done.deferred or done.skipped):
        return
    gone = [each for bundle in carried for each in bundle.held]
    sent, going = {each.intent for each in gone}, {each.enrolment for each in gone} - {None}
    missing: set[int] = set()
    freed: set[int] = set()
    for each in decided:
        if each.goes and each.intent not in sent:
            missing.add(each.member)
        elif each.member in missing and _capped(each) and each.enrolment not in going:
            freed.add(each.intent)
    if not freed:
        return
    skipped = [(each, why) for each, why in done.skipped if each.intent in freed and why == each.reason]
    deferred = [each for each in done.deferred if each.intent in freed]
    done.left += [*(each for each, _ in skipped), *deferred]
    done.skipped = [one for one in done.skipped if one not in skipped]
    done.deferred = [one for one in done.deferred if one not in deferred]


def _capped(each: Decided) -> bool:
    return each.reason == "capped" or (each.not_before is not None and each.because == "capped")


def groups(bundles: Sequence[Bundle]) -> Iterator[list[Bundle]]:
    """Those with equal bodies, up to 500 at a time and nobody twice in one: LINE refuses the same id twice."""
    equal: dict[tuple[str, bool], list[Bundle]] = {}
    for bundle in bundles:
        said = bundle.messages, bundle.silent
        group = equal.get(said)
        if group is None:
            equal[said] = [bundle]
        else:
            group.append(bundle)
    for group in equal.values():
        if len(group) == 1:  # the main path: a body of her own
            yield group
            continue
        rest = group
        while rest:
            chunk: dict[str, Bundle] = {}
            left: list[Bundle] = []
            for bundle in rest:
                recipient = bundle.recipient
                if recipient in chunk or len(chunk) == limits.MULTICAST_RECIPIENTS:
                    left.append(bundle)
                else:
                    chunk[recipient] = bundle
            yield list(chunk.values())
            rest = left
