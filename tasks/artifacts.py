"""What a run leaves to look at: maps, gate results, the night's summary, experiments, quotas; of committed figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from prefect import artifacts

from journey_engine.data import pools
from journey_engine.language.words import Language
from journey_engine.measures import quota
from journey_engine.measures.experiments import read
from journey_engine.measures.journeys import standing
from journey_engine.measures.night import Night, night
from journey_engine.measures.readings import results_page
from journey_engine.measures.telling import journey_page, night_page
from tasks.ground import Ground

# The UI is served beside this copy of the functions; their synchronous form is chosen at run time.
_markdown: Any = artifacts.create_markdown_artifact
_progress: Any = artifacts.create_progress_artifact


def journey_map(on: Ground, name: str) -> None:
    """The artifact `<journey>-map`: mermaid map with counts, results, funnel and sends."""
    journey = on.project.journeys[name]
    with on.engine.begin() as conn:
        figures = standing(conn, name)
    page = journey_page(journey, figures, on.project.policy.language)
    _markdown(key=f"{_key(name)}-map", markdown=page, description=journey.title)


def night_summary(on: Ground, since: datetime | None = None) -> Night:
    """The artifact `night`: the figures of (since, now], by default 24 hours; and a gauge per LINE channel."""
    with on.engine.begin() as conn:
        figures = night(conn, since or on.now - timedelta(days=1), on.now, on.project)
    policy = on.project.policy
    _markdown(key="night", markdown=night_page(figures, policy.zone, policy.language), description="夜間摘要 The night")
    for channel in figures.quotas:
        _gauge(channel, policy.language)
    return figures


def warnings(on: Ground, figures: Night) -> list[str]:
    """What runs low, a sentence each: the quota, coupons."""
    told = (*quota.warnings(figures.quotas), *pools.warnings(figures.pools))
    return [words.said(on.project.policy.language) for words in told]


def experiments(on: Ground) -> None:
    """The artifact `<journey>-experiments` of each journey that has some; counts only until they can be read."""
    policy = on.project.policy
    for name, journey in on.project.journeys.items():
        with on.engine.begin() as conn:
            found = read(conn, on.project, name, on.now)
        if found:
            written = results_page(name, journey.title, found, policy.zone, policy.language)
            _markdown(
                key=f"{_key(name)}-experiments", markdown=written, description=f"{journey.title} 實驗 Experiments"
            )


def page(key: str, markdown: str, description: str) -> None:
    """Any other page; `key` may hold underscores, which Prefect's keys may not."""
    _markdown(key=_key(key), markdown=markdown, description=description)


def _gauge(channel: quota.Quota, language: Language) -> None:
    if channel.limit:
        used = min(100.0, 100 * channel.used / channel.limit)
        told = [words.said(language) for words in quota.warnings([channel])]
        words = " ".join([f"{channel.month}: {channel.used:,} / {channel.limit:,}", *told])
        _progress(progress=used, key=f"quota-{_key(channel.channel)}", description=words)


def _key(text: str) -> str:
    """Prefect's keys take a-z, 0-9 and dashes."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower())
