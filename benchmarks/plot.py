"""Pictures of a run as SVG: each ratio beside its targets, and CPU by the number of members; it reckons no ratio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.outcome import Comparison

_WIDE, _HIGH = 460, 26


def targets(found: Sequence[Comparison], file: Path) -> None:
    """A bar an operation: its ratio as a part of what may be (1 and less: reached), a mark for where it is to end."""
    rows = [_row(each) for each in found if each.reach is not None and each.aim is not None]
    if not rows:
        return
    import altair as alt

    wide = alt.Scale(type="log", base=2, domainMin=min(0.25, *(row["part"] for row in rows)), nice=False)
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y("operation:N", sort=None, title=None, axis=_plain(alt)))
    part = alt.X("part:Q", scale=wide, title="CPU ratio, as a part of the target to reach (1 and less: reached)")
    bars = base.mark_bar(height=12).encode(
        x=part, x2=alt.datum(wide.domainMin), color=alt.Color("met:N", scale=_colours(alt), title=None)
    )
    aims = base.mark_tick(color="black", thickness=2, height=16).encode(x="aim:Q")
    words = base.mark_text(align="left", dx=5).encode(x=part, text="told:N")
    line = alt.Chart(alt.Data(values=[{"x": 1}])).mark_rule(strokeDash=[4, 3]).encode(x="x:Q")
    (bars + aims + line + words).properties(width=_WIDE, height=alt.Step(_HIGH)).save(str(file))


def growth(cpu: Mapping[str, Mapping[int, float]], file: Path) -> None:
    """A line an operation: CPU seconds by members, both by powers."""
    import altair as alt

    rows = [
        {"operation": name, "members": members, "cpu": seconds}
        for name, by_size in cpu.items()
        for members, seconds in by_size.items()
        if seconds > 0
    ]
    chart = alt.Chart(alt.Data(values=rows)).mark_line(point=True)
    chart.encode(
        x=alt.X("members:Q", scale=alt.Scale(type="log"), title="members"),
        y=alt.Y("cpu:Q", scale=alt.Scale(type="log"), title="CPU seconds"),
        color=alt.Color("operation:N", sort=None, title=None, legend=alt.Legend(labelLimit=320)),
    ).properties(width=_WIDE, height=320).save(str(file))


def _row(each: Comparison) -> dict[str, Any]:
    assert each.reach is not None
    assert each.aim is not None
    part, aim = each.ratio / each.reach, each.aim / each.reach
    if each.faster:
        part, aim = 1 / part, 1 / aim
    sign = "≥" if each.faster else "≤"
    met = {"aim": "ends where it is to", "reach": "reached", "no": "not reached"}[each.met]
    told = f"{each.ratio:.3g} ({sign} {each.reach:g}, {each.aim:g})"
    return {"operation": each.operation, "part": part, "aim": aim, "met": met, "told": told}


def _plain(alt: Any) -> Any:
    return alt.Axis(labelLimit=320, ticks=False, domain=False)


def _colours(alt: Any) -> Any:
    return alt.Scale(domain=["ends where it is to", "reached", "not reached"], range=["#2b8a5a", "#8fbf5f", "#d97b45"])
