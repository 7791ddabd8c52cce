"""One run's evidence with what every judgement needs of it: which intent each word in LINE's ledger stands for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tests.chaos.evidence import Evidence, Taken
from tests.chaos.scripts import SHARED, Event

_TAG = re.compile(r"i\d+")
_TOPICS = {"pair": "service", "chips": "news", "hush": "service", "named": "promotion", "album": "service"}
_TOPICS["broken"] = "service"

Found = Iterator[str]


class Case:
    """The evidence, its rows by number, and what LINE took of each intent."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.script = evidence.script
        self.wishes = dict(enumerate(self.script.wishes, 1))
        self.people = {person.number: person for person in self.script.people}
        self.requests = {request.id: request for request in evidence.requests}
        self.intents = {intent.id: intent for intent in evidence.intents}
        self.by_tag = {wish.tag: number for number, wish in self.wishes.items()}
        self.by_shared = {(w.person, w.message): number for number, w in self.wishes.items() if w.message in SHARED}
        self.events = [e for r in self.script.rounds for e in (*r.before, *(r.meanwhile[2] if r.meanwhile else ()))]
        self.taken: dict[int, list[Taken]] = defaultdict(list)  # by intent
        self.strange: list[str] = []
        for taken in evidence.ledger:
            for to in taken.to:
                for intent in self._meant(taken, int(to[1:], 16)):
                    self.taken[intent].append(taken)

    def _meant(self, taken: Taken, person: int) -> list[int]:
        """The intents that this acceptance is of, for one of its recipients."""
        found: list[int] = []
        for number, message in enumerate(taken.messages):
            text = text_of(message)
            if text is None or text.endswith("(2)"):  # the picture of `broken`; the second half of `pair`
                continue
            tag = _TAG.match(text)
            intent = self.by_tag.get(tag[0]) if tag else self.by_shared.get((person, text))
            if intent is None or self.wishes[intent].person != person:
                self.strange.append(f"LINE took {text!r} for person {person}, which nobody wished")
                continue
            if self.wishes[intent].message == "pair":
                second = taken.messages[number + 1] if number + 1 < len(taken.messages) else {}
                if text_of(second) != f"{self.wishes[intent].tag} (2)":
                    self.strange.append(f"the two halves of {self.wishes[intent].tag} were torn apart")
            found.append(intent)
        return found

    def topic(self, intent: int) -> str:
        """The topic of an intent's message."""
        message = self.wishes[intent].message
        return _TOPICS.get(message) or message.partition("_")[2]

    def called(self, intent: int) -> str:
        """An intent in words."""
        wish, row = self.wishes[intent], self.intents[intent]
        return f"{wish.tag} ({wish.message} for person {wish.person}: {row.status} {row.reason or ''})"

    def harmed(self, intent: int, event: Event) -> bool:
        """Whether something that happened forbids to send this intent."""
        wish = self.wishes[intent]
        if event.person != wish.person or event.harm == "downgrade":
            return False
        return {"withdraw": event.what == self.topic(intent), "leave": event.what == str(wish.visit)}.get(
            event.harm, True
        )


def text_of(message: dict[str, object]) -> str | None:
    """What marks a message: its text, or the first text of its bubble."""
    if message.get("type") == "flex":
        contents: dict[str, dict[str, list[dict[str, str]]]] = message["contents"]
        return contents["body"]["contents"][0]["text"]
    said = message.get("text")
    return said if isinstance(said, str) else None
