"""What was begun, in sentences for the one who began it; it writes no file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from journey_engine.language.words import Words
from journey_engine.starting.copying import Beginning


def told(beginning: Beginning, root: Path, name: str) -> Iterator[Words]:
    """What was written, what was added to the schema, what people have to add themselves, and how to go on."""
    for path in beginning.files:
        file = path.relative_to(root).as_posix()
        yield Words(f"+ {file}", f"+ {file}")
    schema = beginning.schema.relative_to(root).as_posix()
    for lack in beginning.added:
        line, under = lack.line.strip(), f"{lack.kind}.{lack.name}" if lack.properties else lack.kind
        yield Words(f"+ {schema}：{under} 加上 {line}", f"+ {schema}: {line} under {under}")
    if beginning.stage:
        yield Words(
            f"stages.yaml 沒有「{beginning.stage}」這個階段，所以沒有標上。",
            f"stages.yaml has no stage “{beginning.stage}”, so the journey has no label.",
        )
    for lack in beginning.left:
        line, under = lack.line.strip(), f"{lack.kind}.{lack.name}" if lack.properties else lack.kind
        yield Words(f"請在 {schema} 的 {under} 加上：{line}", f"Add to {under} in {schema}: {line}")
    yield Words(
        f"先試演：journeys try {name}；改好文案後把 status 改成 live，再 journeys plan。",
        f"Play it with: journeys try {name}. When the copy is yours, set status to live and look at: journeys plan.",
    )
