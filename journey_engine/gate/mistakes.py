"""What the gate has to refuse, each as a sentence with place, cause and cure; it judges nothing."""

from __future__ import annotations

from collections.abc import Sequence

from journey_engine.errors import JourneysError, UsageError
from journey_engine.language.words import near


class NoSuchSuite(JourneysError):
    def __init__(self, suite: str, path: str) -> None:
        super().__init__(f"There is no suite {suite}.", "Write it, or correct `suite:` of the feed.", path)


class BrokenSuite(JourneysError):
    """A rule of a suite that could not be worked out: nothing is known about the batch, so nothing lands."""

    def __init__(self, path: str, rule: str, detail: str) -> None:
        super().__init__(
            f"The rule “{rule}” could not be worked out: {detail}.",
            "Correct the rule; the batch was not judged and nothing of it landed.",
            path,
        )


class NothingToRelease(JourneysError):
    def __init__(self, what: str) -> None:
        super().__init__(f"Nothing open is held under {what}.", "See `journeys release` for what is held.", "holds")


class NeverJudged(JourneysError):
    """A feed, batch or message of which the gate has said nothing."""

    def __init__(self, what: str, known: Sequence[str]) -> None:
        likely = near(what, known, most=1)
        cure = f"Did you mean {likely[0]}?" if likely else f"It has judged {', '.join(known) or 'nothing yet'}."
        super().__init__(f"The gate has judged nothing called {what}.", cure, "gate")


class HeldForRestore(UsageError):
    def __init__(self, channel: str, cure: str) -> None:
        super().__init__(f"{channel} is held for a restore: what was due then may have gone out before.", cure, "holds")
