"""A journey drawn with its counts: a mermaid flowchart and a funnel table in markdown; reads and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable

from journey_engine.language.graph import Edge, Node, graph
from journey_engine.language.journey import (
    Branch,
    FirstOf,
    GoTo,
    Journey,
    Send,
    Split,
    Step,
    Stop,
    Tag,
    Untag,
    Wait,
)
from journey_engine.language.words import Language, Words
from journey_engine.measures.journeys import Standing

# Left and right of a node's label in mermaid, by what the step does.
_SHAPES: dict[type[Step], tuple[str, str]] = {
    Send: ("[", "]"),
    Wait: ("([", "])"),
    Branch: ("{", "}"),
    Split: ("{{", "}}"),
    Tag: ("[[", "]]"),
    Untag: ("[[", "]]"),
    GoTo: ("[/", "/]"),
    Stop: ("[/", "/]"),
}
_OUTCOMES = {
    "next": Words("", ""),
    "passed by": Words("條件不符，略過", "passed by"),
    "timeout": Words("逾時", "in vain"),
    "otherwise": Words("其他", "otherwise"),
}


def flowchart(journey: Journey, figures: Standing, language: Language) -> str:
    """The journey as mermaid text: each step with who took it and who waits there, each way with its count."""
    nodes = graph(journey).nodes
    entrance = Words(f"進入 {figures.entered:,}", f"entered {figures.entered:,}").said(language)
    end = Words(f"結束 {sum(figures.ended.values()):,}", f"ended {sum(figures.ended.values()):,}").said(language)
    lines = ["flowchart TD", f'  enter_(["{entrance}"]) --> {_id(nodes[0].name)}', f'  end_(["{end}"])']
    lines += [_box(node, figures, language) for node in nodes]
    for node in nodes:
        lines += [_arrow(node, edge, figures, language) for edge in node.edges]
        if isinstance(node.step, GoTo | Stop):
            lines.append(f"  {_id(node.name)} --> end_")
    idle = [_id(node.name) for node in nodes if not figures.taken(node.name) and not figures.waiting.get(node.name)]
    lines.append("  classDef idle fill:#f4f4f4,stroke:#bbb,color:#888;")
    if idle:
        lines.append(f"  class {','.join(idle)} idle;")
    return "\n".join(lines)


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


def does(step: Step) -> str:
    """The step in the words of its file: `send welcome_hello`, `wait 1 day until 10:00`."""
    match step:
        case Send():
            return f"send {step.send}"
        case Wait(wait=FirstOf(first_of=exits)):
            events = " / ".join(exit_.until.text for exit_ in exits)
            return f"wait {events}" + (f", at most {step.at_most}" if step.at_most else "")
        case Wait():
            length = step.wait if not hasattr(step.wait, "strftime") else f"{step.wait:%H:%M}"
            return f"wait {length}" + (f" until {step.until:%H:%M}" if step.until else "")
        case Branch():
            return "branch"
        case Split():
            return "split"
        case Tag():
            return f"tag {step.tag.text}"
        case Untag():
            return f"untag {step.untag}"
        case GoTo():
            return f"go_to {step.go_to}"
        case Stop():
            return f"stop: {step.stop}"


def way(step: Step, outcome: str, language: Language) -> str:
    """What a way on is called: the arm's condition or name, the event waited for, or its word in `language`."""
    if outcome.isdigit():
        match step:
            case Branch():
                rule = step.branch[int(outcome) - 1].if_
                return rule.text if rule else outcome
            case Wait(wait=FirstOf(first_of=exits)):
                return exits[int(outcome) - 1].until.text
            case _:
                return outcome
    return _OUTCOMES.get(outcome, Words(outcome, outcome)).said(language)


def _box(node: Node, figures: Standing, language: Language) -> str:
    left, right = _SHAPES[type(node.step)]
    taken, waits = figures.taken(node.name), figures.waiting.get(node.name, 0)
    said = [f"<b>{node.name}</b>", _label(_briefly(node.step)), f"{taken:,}"]
    if waits:
        said[-1] += Words(f"（等候 {waits:,}）", f" ({waits:,} waiting)").said(language)
    return f'  {_id(node.name)}{left}"{"<br/>".join(said)}"{right}'


def _arrow(node: Node, edge: Edge, figures: Standing, language: Language) -> str:
    to = _id(edge.to) if edge.to else "end_"
    count = figures.outcomes.get(node.name, {}).get(edge.outcome, 0)
    words = way(node.step, edge.outcome, language)
    label = f"{_label(words)} {count:,}".strip() if words or count else ""
    return f"  {_id(node.name)} -->" + (f'|"{label}"|' if label else "") + f" {to}"


def _briefly(step: Step) -> str:
    """As `does`, but a wait for events leaves those to its arrows."""
    if isinstance(step, Wait) and isinstance(step.wait, FirstOf):
        return f"wait, at most {step.at_most}"
    return does(step)


def _ways(node: Node, figures: Standing, language: Language) -> str:
    taken = figures.outcomes.get(node.name, {})
    known = [edge.outcome for edge in node.edges]
    said = [
        f"{_cell(way(node.step, outcome, language)) or '→'} {taken[outcome]:,}"
        for outcome in [*known, *sorted(set(taken) - set(known))]
        if taken.get(outcome)
    ]
    return "、".join(dict.fromkeys(said)) if language == "zh-TW" else ", ".join(dict.fromkeys(said))


def _id(step: str) -> str:
    """A node's id: `end`, `class` and other words of mermaid are good names for steps."""
    return f"s_{step}"


def _label(text: str) -> str:
    """Text inside mermaid's quotes, where a quote would end the label and < open a tag."""
    return _replaced(text, (("#", "#35;"), ("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")))


def _cell(text: str) -> str:
    return _replaced(text, (("|", "\\|"), ("\n", " ")))


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        text = text.replace(old, new)
    return text
