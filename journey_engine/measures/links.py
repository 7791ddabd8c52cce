"""What became of links: taps by message and link, and how many came by which source; it follows none."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from journey_engine.language.project import Project

# A link that everybody shares tells of nobody: it has taps and no people.
_LINKS = text("""
select l.message, l.link, substring(l.target from '^https?://([^/?#]+)') as host, count(c.id) as taps,
       count(distinct c.member_id) as people, max(c.at) as last
from links l left join clicks c on c.link_id = l.id
group by 1, 2, 3 order by 1, 2, 3
""")
_VISITS = text("select source, sum(visits) from source_visits group by 1")
_SAID = text("""
select properties ->> 'source', count(distinct member_id) from events where name = 'came_from' group by 1
""")


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """One link of a message: taps of people, and how many people (0 where the link tells of nobody)."""

    message: str
    link: str
    host: str
    taps: int
    people: int


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """One source of friends: how often it was opened, and how many said its words."""

    source: str
    title: str
    visits: int
    said: int


def link_figures(connection: Connection) -> list[LinkFigures]:
    """Every link that was sent, by message."""
    return [
        LinkFigures(row.message, row.link, row.host or "", row.taps, row.people) for row in connection.execute(_LINKS)
    ]


def source_figures(connection: Connection, project: Project) -> list[SourceFigures]:
    """Every source that is declared, or was opened once."""
    visits = {row[0]: int(row[1]) for row in connection.execute(_VISITS)}
    said = {row[0]: int(row[1]) for row in connection.execute(_SAID)}
    known = project.replies.sources if project.replies else {}
    return [
        SourceFigures(name, known[name].title if name in known else "", visits.get(name, 0), said.get(name, 0))
        for name in dict.fromkeys([*known, *sorted(visits), *sorted(said)])
    ]
