"""The table of a run, for the terminal and as a Markdown file; it names no host and no folder."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks import recording
from benchmarks.outcome import Comparison
from benchmarks.recording import Record

_HEAD = (
    "operation", "rows", "CPU s", "of it Postgres", "wall s", "floor", "CPU s", "wall s", "CPU ratio", "spread",
    "wall ratio", "reach", "aim", "met",
)  # fmt: skip
_WEIGHTS = (
    "operation", "WAL bytes a row", "growth bytes a row", "peak MB, process", "peak MB, Postgres", "floor: WAL a row",
    "growth a row", "process", "Postgres",
)  # fmt: skip
_COSTLIEST = 8
_READING = """\
Medians of {repetitions} repetitions, each right beside its floor. CPU: user and system seconds of this process and of
its Postgres backends (without checkpointer, WAL writer and autovacuum; no parallel workers). On a machine that does
other work too wall says little, CPU repeats. Ratios are of the medians, `spread` is their range over the repetitions.
Every repetition starts from the same tables, and fails if the floor did not write as many rows as the engine.
The members have 20 events of 90 days (15 % purchases, 40 % clicks, 40 % opens, 5 % follows, most by a few) and 3 tags
each (`benchmarks/world.py`). Without a target stand those operations for which none is set.
"""
_WEIGHING = """\
WAL and growth are what the server wrote and how much larger the databases were afterwards, by row of the operation.
Peak memory is what this process took beyond what it had before, and of all its backends, without shared buffers.
"""


def machine(engine: Engine) -> str:
    """Cores, Python and Postgres."""
    with engine.connect() as connection:
        version = connection.execute(text("show server_version")).scalar_one().split(" ")[0]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, Postgres {version}"


def table(found: Sequence[Comparison]) -> str:
    """Aligned Markdown."""
    return _aligned([_HEAD, *(_row(each) for each in found)])


def weights(found: Sequence[Comparison]) -> str:
    """The same of what was written and held in memory."""
    return _aligned([_WEIGHTS, *((each.operation, *_weight(each)) for each in found)])


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def page(kept: Record, members: int, size: str, where: str) -> str:
    """The whole file: the machine, the tables, the picture and each floor word for word."""
    found, repetitions = recording.comparisons(kept), {measured.repetitions for measured in kept.values()}
    read = _READING.format(repetitions=" or ".join(str(number) for number in sorted(repetitions)))
    parts = [f"# {members:,} members\n", f"{where}. {recording.states(kept)}\n", read, table(found)]
    parts += [f"![Ratios beside their targets]({size}.svg)\n", _WEIGHING, weights(found)]
    parts += [_profile(each) for each in {each.operation: each for each in found}.values() if each.cost.statements]
    parts.append("## The floors\n")
    for each in {each.operation + each.floor: each for each in found}.values():
        body = "\n".join(f"{statement};" if statement[0] != "(" else statement for statement in each.statements)
        parts.append(f"**{each.operation}** beside {each.floor}:\n\n```sql\n{body}\n```\n")
    return "\n".join(parts)


def _profile(each: Comparison) -> str:
    """The costliest statements of an operation."""
    told = each.cost.statements
    whole = sum(told.values()) or 1.0
    lines = [
        f"| {words.replace('|', '/')} | {100 * used / whole:.0f} % |" for words, used in told.most_common(_COSTLIEST)
    ]
    head = f"**{each.operation}**, by the CPU of its statements in Postgres:\n\n| statement | of it |\n|---|---:|\n"
    return head + "\n".join(lines) + "\n"


def write(folder: Path, name: str, content: str) -> Path:
    """Write the file `name`.md and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.md"
    path.write_text(content, encoding="utf-8")
    return path


def _row(each: Comparison) -> tuple[str, ...]:
    cost, floor, (least, most) = each.cost, each.floor_cost, each.spread
    reach, aim = (("≥ " if each.faster else "≤ ") + f"{one:g}" if one else "" for one in (each.reach, each.aim))
    beside = f"{each.floor} ({each.floor_rows} members)" if each.floor_rows else each.floor
    return (
        each.operation, f"{each.rows:,}", f"{cost.cpu:.2f}", f"{cost.backends:.2f}", f"{cost.wall:.2f}", beside,
        f"{floor.cpu:.2f}", f"{floor.wall:.2f}", f"{each.ratio:.2f}", f"{least:.2f}–{most:.2f}",
        f"{each.wall_ratio:.2f}", reach, aim, each.met,
    )  # fmt: skip


def _weight(each: Comparison) -> list[str]:
    told: list[str] = []
    for cost, rows in ((each.cost, each.rows), (each.floor_cost, each.floor_rows or each.rows)):
        told += [f"{cost.wal / rows:,.0f}", f"{cost.growth / rows:,.0f}", f"{cost.ours:,.0f}", f"{cost.theirs:,.0f}"]
    return told
