"""How lines for a terminal are said: in which language, by whose clocks, with which titles; it says none itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from journey_engine.explaining.telling import moment
from journey_engine.language.words import Language, Words
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import spaced


@dataclass(frozen=True, slots=True)
class Told:
    """What every line is given: titles, language, and the zone whose clocks are shown."""

    titles: Titles
    language: Language
    zone: ZoneInfo

    def say(self, zh: str, en: str) -> str:
        """One sentence, spaced."""
        return self.words(Words(zh, en))

    def words(self, words: Words) -> str:
        """The words in its language, spaced."""
        return spaced(words).said(self.language)

    def at(self, instant: datetime | None) -> str:
        """An instant on its clocks; a dash for none."""
        return "-" if instant is None else moment(instant, self.zone).said(self.language)
