"""What answers what members write and tap, as marketers write it (`journeys/replies.yaml`); it sends nothing."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from journey_engine.language.catalog import Topic
from journey_engine.language.written import Definition, DurationField, GrantField, Name

OTHERWISE = "otherwise"  # what the answer to everything else is called in `reply of otherwise`


def _one_or_several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Phrases = Annotated[tuple[str, ...], BeforeValidator(_one_or_several)]


class Answering(Definition):
    """What follows: a message (`closed`: another one outside of the office hours), tags, attributes, what she allows
    from now on by topic (`consents: {promotion: no}`), a journey.

    The answer goes by LINE's free reply token; without one it is not sent, unless `push: yes`. `again_after`: so long
    the same rule does not answer the same member anew.
    """

    answer: Name | None = None
    closed: Name | None = None
    tag: GrantField | None = None
    set: dict[Name, str] = Field(default_factory=dict)
    consents: dict[Topic, bool] = Field(default_factory=dict[Topic, bool])
    enter: Name | None = None
    again_after: DurationField | None = None
    push: bool = False


class Reply(Answering):
    """One rule. What a member writes `says` one of the phrases (the whole of it), `contains` one, or is `like` one (`*`
    any words, `#` a digit, `?` one character); or she taps a button with this `postback` data or of this name (`taps`).
    Upper and lower case, full and half width, and blanks around make no difference."""

    reply: Name
    title: str = ""
    says: Phrases = ()
    contains: Phrases = ()
    like: Phrases = ()
    postback: Phrases = ()
    taps: Phrases = ()

    @property
    def words(self) -> dict[str, tuple[str, ...]]:
        """What it listens to, by how."""
        listed = {
            "says": self.says,
            "contains": self.contains,
            "like": self.like,
            "postback": self.postback,
            "taps": self.taps,
        }
        return {how: phrases for how, phrases in listed.items() if phrases}


class Source(Definition):
    """Where friends come from: `ADDRESS/add/NAME` counts who opens it and leads on to the account. With `says` these
    words stand ready in the chat; whoever sends them is known to have come this way (LINE itself does not tell)."""

    title: str = ""
    says: str | None = None


class Friends(Definition):
    """`account`: the LINE ID of the official account, with @; `into`: the attribute that keeps the first source."""

    account: str
    into: Name | None = None
    sources: dict[Name, Source] = Field(default_factory=dict)


class Replies(Definition):
    """`journeys/replies.yaml`: the first rule that matches answers. `otherwise`: to words that match none, and that no
    button or source of ours says."""

    replies: tuple[Reply, ...] = ()
    otherwise: Answering | None = None
    friends: Friends | None = None

    @property
    def rules(self) -> dict[str, Answering]:
        """Every answer by its name."""
        named: dict[str, Answering] = {rule.reply: rule for rule in self.replies}
        return named | ({OTHERWISE: self.otherwise} if self.otherwise else {})

    @property
    def sources(self) -> dict[str, Source]:
        """Where friends come from, by name."""
        return self.friends.sources if self.friends else {}
