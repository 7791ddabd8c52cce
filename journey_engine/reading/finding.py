"""Which feed a file is of, which columns and which span of time a feed asks for; it reads no row."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from journey_engine.data.accept import midnight
from journey_engine.data.casts import named_in
from journey_engine.language.feed import Feed
from journey_engine.language.project import Project
from journey_engine.reading import sources
from journey_engine.reading.frames import Span
from journey_engine.reading.mistakes import NoSuchFeed, NoSuchFile
from journey_engine.settings import Settings


def feed_of(project: Project, settings: Settings, file: Path) -> str:
    """The feed whose pattern finds this file. Raises NoSuchFeed if none or several do."""
    wanted = file.resolve()
    found: list[str] = []
    for name, feed in project.feeds.items():
        if feed.from_.file is None:
            continue
        with suppress(NoSuchFile):
            if wanted in (path.resolve() for path in sources.find_files(feed, settings.project, None)):
                found.append(name)
    if len(found) != 1:
        raise NoSuchFeed(f"(that brings {file.name}; name it with --feed)", found or sorted(project.feeds))
    return found[0]


def needed_columns(feed: Feed) -> dict[str, str]:
    """Each column the feed's mapping reads, and the words for who asks for it."""
    said = feed.members
    names = [feed.member.from_]
    if said is not None:
        names += [*said.attributes.values(), *said.identities.values(), *said.consents.values()]
        names += [said.zone] if said.zone else []
    names += [feed.from_.watermark] if feed.from_.watermark else []
    names += sorted(named_in(feed.deleted)) if feed.deleted else []
    for brings in feed.brings:
        names += [brings.at.from_, *(brings.key or ()), *brings.properties.values()]
        names += [brings.one_per] if brings.one_per else []
        names += [brings.value.removeprefix("sum of ").strip()] if brings.value else []
        names += sorted(named_in(brings.where)) if brings.where else []
    return dict.fromkeys(names, f"the feed {feed.feed}")


def span_of(feed: Feed, now: datetime, day: date | None, covered: datetime | None) -> Span | None:
    """The rows of a frame that are wanted: those of `day`, else what is not `covered` up to the last local midnight."""
    if not feed.brings or feed.covers is None:
        return None
    zone, at = ZoneInfo(feed.covers.zone), feed.brings[0].at
    if day:
        return Span(at.from_, at.zone, midnight(day, zone), midnight(day + timedelta(days=1), zone))
    return Span(at.from_, at.zone, covered, midnight(now.astimezone(zone).date(), zone))
