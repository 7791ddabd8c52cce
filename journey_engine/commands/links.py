"""`journeys links`: taps on links of messages, and the links of sources of friends; it follows none."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, FromProject


def links(
    *,
    new_key: Annotated[bool, Parameter(help="Seal links with a new key from now on.")] = False,
    settings: FromProject,
) -> int:
    """Show who tapped which link, and the links and QR texts that bring friends with a source.

    After --new-key the links that were sent before stay good.
    """
    from journey_engine.line.channel import receiver_url
    from journey_engine.line.linking import change_key
    from journey_engine.measures.links import link_figures, source_figures
    from journey_engine.planning import live_project
    from journey_engine.store import database

    with database.opened(settings) as engine, engine.begin() as connection:
        project = live_project(connection)
        if new_key:
            print(f"Links are sealed with key {change_key(connection).number} from now on.")
        tapped, sources = link_figures(connection), source_figures(connection, project)
    local = receiver_url(settings) if project.policy.line == "sandbox" else None
    base = project.policy.links.base or local
    print(f"Links lead on from {base}" if base else "Links are not tracked: policy.yaml has no links: {base: …}.")
    for each in tapped:
        people = f"{each.people:>8,} people" if each.people or not each.taps else "        nobody named"
        print(f"{each.message:<24}  {each.link:<24}  {each.host:<24}  {each.taps:>8,} taps {people}")
    for each in sources:
        where = f"{base}/add/{each.source}" if base else f"(no address)/add/{each.source}"
        print(f"{each.source:<24}  {each.title:<24}  {each.visits:>8,} opened {each.said:>8,} said so   {where}")
    return FINE
