"""A journey as a mermaid flowchart, with counts if there are any; it counts nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from journey_engine.drawing.briefly import does, way
from journey_engine.language.graph import Edge, Node, graph
from journey_engine.language.journey import VERBS, FirstOf, Journey, Step, Wait
from journey_engine.language.verbs import GoTo, Stop
from journey_engine.language.words import Language, Words

# Left and right of a node's label in mermaid, by what the step does.
_SHAPES: dict[str, tuple[str, str]] = {
    "send": ("[", "]"),
    "wait": ("([", "])"),
    "branch": ("{", "}"),
    "split": ("{{", "}}"),
    "tag": ("[[", "]]"),
    "untag": ("[[", "]]"),
    "set": ("[[", "]]"),
    "call": (">", "]"),
    "hand_off": (">", "]"),
    "go_to": ("[/", "/]"),
    "stop": ("[/", "/]"),
}


class Counts(Protocol):
    """How many took each way so far, and who waits where now."""

    @property
    def entered(self) -> int: ...
    @property
    def ended(self) -> Mapping[str, int]: ...
    @property
    def outcomes(self) -> Mapping[str, Mapping[str, int]]: ...
    @property
    def waiting(self) -> Mapping[str, int]: ...
    def taken(self, step: str) -> int: ...


def flowchart(journey: Journey, language: Language, counts: Counts | None = None) -> str:
    """The journey as mermaid text; with counts, each step with who took it and who waits there, each way with its."""
    nodes = graph(journey).nodes
    entrance, end = Words("進入", "entered").said(language), Words("結束", "ended").said(language)
    if counts:
        entrance, end = f"{entrance} {counts.entered:,}", f"{end} {sum(counts.ended.values()):,}"
    lines = ["flowchart TD", f'  enter_(["{entrance}"]) --> {_id(nodes[0].name)}', f'  end_(["{end}"])']
    lines += [_box(node, counts, language) for node in nodes]
    for node in nodes:
        lines += [_arrow(node, edge, counts, language) for edge in node.edges]
        if isinstance(node.step, GoTo | Stop):
            lines.append(f"  {_id(node.name)} --> end_")
    if counts:
        idle = [_id(node.name) for node in nodes if not counts.taken(node.name) and not counts.waiting.get(node.name)]
        lines.append("  classDef idle fill:#f4f4f4,stroke:#bbb,color:#888;")
        lines += [f"  class {','.join(idle)} idle;"] if idle else []
    return "\n".join(lines)


def _box(node: Node, counts: Counts | None, language: Language) -> str:
    left, right = _SHAPES[next(verb for verb, kind in VERBS.items() if isinstance(node.step, kind))]
    said = [f"<b>{node.name}</b>", _label(_briefly(node.step))]
    if counts:
        said.append(f"{counts.taken(node.name):,}")
        if waits := counts.waiting.get(node.name, 0):
            said[-1] += Words(f"（等候 {waits:,}）", f" ({waits:,} waiting)").said(language)
    return f'  {_id(node.name)}{left}"{"<br/>".join(said)}"{right}'


def _arrow(node: Node, edge: Edge, counts: Counts | None, language: Language) -> str:
    to = _id(edge.to) if edge.to else "end_"
    words = way(node.step, edge.outcome, language)
    count = counts.outcomes.get(node.name, {}).get(edge.outcome, 0) if counts else 0
    label = f"{_label(words)} {count:,}".strip() if counts and (words or count) else _label(words)
    return f"  {_id(node.name)} -->" + (f'|"{label}"|' if label else "") + f" {to}"


def _briefly(step: Step) -> str:
    """As `does`, but a wait for events leaves those to its arrows."""
    if isinstance(step, Wait) and isinstance(step.wait, FirstOf):
        return f"wait, at most {step.at_most}"
    return does(step)


def _id(step: str) -> str:
    """A node's id: `end`, `class` and other words of mermaid are good names for steps."""
    return f"s_{step}"


def _label(text: str) -> str:
    """Text inside mermaid's quotes, where a quote would end the label and < open a tag."""
    for old, new in (("#", "#35;"), ("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(old, new)
    return text
