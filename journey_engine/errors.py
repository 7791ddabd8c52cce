"""The one family of errors a person is meant to read; it never hides a cause and never ends the process."""

from __future__ import annotations


class JourneysError(Exception):
    """Something a person can mend: what is wrong, what to do about it, and where it stands.

    Subclasses take typed facts and write the sentences, so that every message of one kind reads the same:

        class UnknownStep(JourneysError):
            def __init__(self, step: str, known: Sequence[str], where: str) -> None:
                super().__init__(f"No step is called {step}.", f"Use one of {', '.join(known)}.", where)

    `where` is `file:line:column` for a definition or a data file, else any place a person can go to.
    """

    reason: str
    cure: str
    where: str

    def __init__(self, reason: str, cure: str = "", where: str = "") -> None:
        super().__init__(reason, cure, where)
        self.reason = reason
        self.cure = cure
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}  " if self.where else ""
        return f"{place}{self.reason} {self.cure}".rstrip()


class Held(JourneysError):
    """Work that stopped on purpose and waits for a person's release; the command line ends with exit code 3."""


class UsageError(JourneysError):
    """A command was called in a way it cannot serve; the command line ends with exit code 2."""
