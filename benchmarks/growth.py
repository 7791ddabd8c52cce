"""How CPU grows with the number of members: the exponent of each operation over several sizes; it measures nothing."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import log

from benchmarks.recording import Record

Runs = Mapping[int, Record]  # by members
REACH, AIM = 1.1, 1.0


def seconds(runs: Runs) -> dict[str, dict[int, float]]:
    """CPU by operation and members, of operations whose cost is all members'.

    Of each only what was measured at one state of the code, that of most sizes: a later state may be quicker.
    """
    told: dict[str, dict[str, dict[int, float]]] = {}
    for members, record in runs.items():
        for measured in record.values():
            for each in measured.found:
                if each.rows >= members:
                    told.setdefault(each.operation, {}).setdefault(measured.state, {})[members] = each.cost.cpu
    most = {name: max(by_state.values(), key=len) for name, by_state in told.items()}
    return {name: by_size for name, by_size in most.items() if len(by_size) > 1}


def exponent(less: tuple[int, float], more: tuple[int, float]) -> float:
    """Of the power of members with which CPU grows from one size to another; nan where a cost is too small to tell."""
    if not less[1] or not more[1]:
        return float("nan")
    return log(more[1] / less[1]) / log(more[0] / less[0])


def page(runs: Runs, where: str) -> str:
    """The whole file."""
    told = seconds(runs)
    sizes = sorted({size for by_size in told.values() for size in by_size})
    steps = list(pairwise(sizes))
    heads = [f"{size:,} members, CPU s" for size in sizes] + [f"exponent {a:,} to {b:,}" for a, b in steps]
    lines = [
        "# Growth with the number of members\n",
        f"{where}. Medians as in the table of each size, of sizes measured at the same commit. An exponent of 1 is in"
        f" step with the members; the target is at most {REACH}, to end at {AIM}.\n",
        f"| operation | {' | '.join(heads)} | over all |",
        f"|---|{'---:|' * (len(heads) + 1)}",
    ]
    for name, by_size in told.items():
        cells = [f"{by_size[size]:.2f}" if size in by_size else "" for size in sizes]
        cells += [
            f"{exponent((a, by_size[a]), (b, by_size[b])):.2f}" if a in by_size and b in by_size else ""
            for a, b in steps
        ]
        least, most = min(by_size), max(by_size)
        over = exponent((least, by_size[least]), (most, by_size[most]))
        lines.append(f"| {name} | {' | '.join(cells)} | {over:.2f} |")
    return "\n".join(lines) + "\n"
