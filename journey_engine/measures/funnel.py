"""A journey's funnel as a table in markdown: the steps with their counts; reads and writes nothing."""

from __future__ import annotations

from journey_engine.drawing.briefly import does, way
from journey_engine.language.graph import Node, graph
from journey_engine.language.journey import Journey
from journey_engine.language.words import Language, Words
from journey_engine.measures.journeys import Standing


def funnel(journey: Journey, figures: Standing, language: Language) -> str:
    """The steps in DAG order as a markdown table: taken, waiting now, and each way on."""
    head = Words(
        "| 步驟 | 內容 | 經過 | 等候中 | 去向 |\n|---|---|---:|---:|---|",
        "| step | what | taken | waiting | ways on |\n|---|---|---:|---:|---|",
    )
    rows = [
        f"| {'　' * node.depth}{node.name} | {_cell(does(node.step))} | {figures.taken(node.name):,}"
        f" | {figures.waiting.get(node.name, 0):,} | {_ways(node, figures, language)} |"
        for node in graph(journey).nodes
    ]
    return "\n".join([head.said(language), *rows])


def _ways(node: Node, figures: Standing, language: Language) -> str:
    taken = figures.outcomes.get(node.name, {})
    known = [edge.outcome for edge in node.edges]
    said = [
        f"{_cell(way(node.step, outcome, language)) or '→'} {taken[outcome]:,}"
        for outcome in [*known, *sorted(set(taken) - set(known))]
        if taken.get(outcome)
    ]
    return "、".join(dict.fromkeys(said)) if language == "zh-TW" else ", ".join(dict.fromkeys(said))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
