"""The table of a run, for the terminal and as a Markdown file; it names no host and no folder."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks.outcome import Comparison

_HEAD = (
    "operation", "rows", "CPU s", "of it Postgres", "wall s", "floor", "CPU s", "wall s", "CPU ratio", "spread",
    "wall ratio", "reach", "aim", "met",
)  # fmt: skip
_READING = """\
Medians of {repetitions} repetitions, each right beside its floor. CPU: user and system seconds of this process and of
its Postgres backends (without checkpointer, WAL writer and autovacuum; no parallel workers). On a machine that does
other work too wall says little, CPU repeats. Ratios are of the medians, `spread` is their range over the repetitions.
Every repetition starts from emptied tables, and fails if the floor did not write as many rows as the engine.
"""


def machine(engine: Engine) -> str:
    """Cores, Python and Postgres."""
    with engine.connect() as connection:
        version = connection.execute(text("show server_version")).scalar_one().split(" ")[0]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, Postgres {version}"


def table(found: Sequence[Comparison]) -> str:
    """Aligned Markdown."""
    rows = [_HEAD, *(_row(each) for each in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def page(found: Sequence[Comparison], members: int, repetitions: int, where: str) -> str:
    """The whole file: the machine, the table and each floor word for word."""
    parts = [f"# {members:,} members\n", f"{where}.\n", _READING.format(repetitions=repetitions), table(found)]
    parts.append("## The floors\n")
    for each in found:
        body = "\n".join(f"{statement};" if statement[0] != "(" else statement for statement in each.statements)
        parts.append(f"**{each.operation}** beside {each.floor}:\n\n```sql\n{body}\n```\n")
    return "\n".join(parts)


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
