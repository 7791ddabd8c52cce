"""Charts as SVG whose words stay words: bars, lines, dots with whiskers, grids; they reckon nothing and fetch nothing.

Six colours at most (Okabe and Ito's, told apart by the colour-blind), each with a lightness, a dash and a mark of its
own, so that print in grey tells them apart as well. Every axis says its unit.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from journey_engine.language.words import Language, Words
from journey_engine.reporting.cells import number
from journey_engine.reporting.contents import Figure, Kind, Spread

FONT = "system-ui, 'Noto Sans TC', 'Noto Sans CJK TC', 'PingFang TC', 'Microsoft JhengHei', sans-serif"
WIDTH = 720
_BLUE, _INK, _GREY = "#0072b2", "#1d242b", "#5b6b7b"
_COLOURS = ("#003f66", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#8a949e")
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [1, 3])
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_FORMS: Mapping[Kind, str] = {"share": ".0%", "money": ",.0f", "number": ",.1f", "change": "+,.0f"}
_IDS = re.compile(r'\bid="([^"]+)"')


def bars(
    rows: Sequence[tuple[str, float]], axis: Words, language: Language, caption: Words, kind: Kind = "count"
) -> Figure:
    """One bar a row from top to bottom in the order given, each with its value at the end."""
    import altair as alt

    data = [{"row": name, "value": value, "said": number(value, kind, language)} for name, value in rows]
    longest = max((value for _, value in rows), default=0) or 1
    scale = alt.Scale(domain=[0, 1.12 * longest], nice=False)  # room for the value behind the longest bar
    x = alt.X("value:Q", title=axis.said(language), axis=_axis(alt, kind), scale=scale)
    y = alt.Y("row:N", title=None, sort=None, axis=alt.Axis(labelLimit=240, ticks=False, domain=False, labelPadding=8))
    drawn = alt.Chart(alt.InlineData(values=data)).encode(x=x, y=y)
    marks = drawn.mark_bar(color=_BLUE, height={"band": 0.72}) + drawn.mark_text(align="left", dx=5).encode(
        text="said:N"
    )
    return _figure(alt, marks.properties(width=WIDTH - 180, height=alt.Step(27)), caption)


def columns(rows: Sequence[tuple[str, float]], axis: Words, values: Words, language: Language, caption: Words,
            kind: Kind = "count") -> Figure:  # fmt: skip
    """One column a value of an ordered axis (a count of touches, a month), from left to right in the order given."""
    import altair as alt

    data = [{"column": name, "value": value, "said": number(value, kind, language)} for name, value in rows]
    x = alt.X("column:N", title=axis.said(language), sort=None, axis=alt.Axis(labelAngle=0, ticks=False))
    y = alt.Y("value:Q", title=values.said(language), axis=_axis(alt, kind))
    drawn = alt.Chart(alt.InlineData(values=data)).encode(x=x, y=y)
    marks = drawn.mark_bar(color=_BLUE) + drawn.mark_text(dy=-7, fontSize=11).encode(text="said:N")
    return _figure(alt, marks.properties(width=WIDTH, height=210), caption)


def lines(series: Mapping[str, Sequence[tuple[date, float]]], axis: Words, language: Language, caption: Words,
          kind: Kind = "count") -> Figure:  # fmt: skip
    """At most six lines over days, or over months by their first days; a line goes on where a day is missing."""
    import altair as alt

    names = list(series)
    form = "%Y-%m-%d" if any(day.day > 1 for points in series.values() for day, _ in points) else "%Y-%m"
    data = [{"series": name, "day": f"{day:{form}}", "value": value} for name in names for day, value in series[name]]
    days = sorted({f"{day:{form}}" for points in series.values() for day, _ in points})
    legend = alt.Legend(title=None, orient="top", symbolSize=90, symbolStrokeWidth=2.5, labelLimit=240, columns=4)

    def told_by(channel: Any, marks: Sequence[Any]) -> Any:
        scale = alt.Scale(domain=names, range=list(marks)[: len(names)])
        return channel("series:N", sort=names, scale=scale, legend=legend)

    # A day is a name here: as an instant it would be drawn in the zone of whoever draws.
    every = max(1, len(days) // 8)
    axis_x = alt.Axis(values=days[::every], labelAngle=0, ticks=True, labelOverlap="greedy")
    x = alt.X("day:O", title=None, sort=days, axis=axis_x, scale=alt.Scale(type="point", padding=0.3))
    y = alt.Y("value:Q", title=axis.said(language), axis=_axis(alt, kind), scale=alt.Scale(domainMin=0))
    drawn = alt.Chart(alt.InlineData(values=data)).encode(x=x, y=y, color=told_by(alt.Color, _COLOURS))
    line = drawn.mark_line(strokeWidth=2).encode(strokeDash=told_by(alt.StrokeDash, _DASHES))
    dots = drawn.mark_point(filled=True, size=38, opacity=1).encode(shape=told_by(alt.Shape, _SHAPES))
    return _figure(alt, (line + dots).properties(width=WIDTH, height=230), caption)


def whiskers(rows: Sequence[tuple[str, Spread]], axis: Words, language: Language, caption: Words,
             kind: Kind = "points", zero: Words | None = None) -> Figure:  # fmt: skip
    """A dot with its 95 % interval a row; `zero`: what the line at nought means (no difference)."""
    import altair as alt

    data = [
        {
            "row": name,
            "value": each.value,
            "low": each.low,
            "high": each.high,
            "said": number(each.value, kind, language),
        }
        for name, each in rows
    ]
    y = alt.Y(
        "row:N",
        title=None,
        sort=None,
        axis=alt.Axis(labelLimit=240, ticks=False, domain=False, labelPadding=8, grid=True),
    )
    form = _axis(alt, kind)
    scale = alt.Scale(zero=zero is not None, nice=True)
    drawn = alt.Chart(alt.InlineData(values=data)).encode(y=y)
    whisker = drawn.mark_rule(strokeWidth=2, color=_INK).encode(
        x=alt.X("low:Q", title=axis.said(language), axis=form, scale=scale), x2="high:Q"
    )
    dots = drawn.mark_point(filled=True, size=95, color=_BLUE, opacity=1).encode(x="value:Q")
    said = drawn.mark_text(dy=-12, fontWeight="bold", color=_INK).encode(x="value:Q", text="said:N")
    layers = [whisker, dots, said]
    if zero is not None:
        nought = alt.Chart(alt.InlineData(values=[{"at": 0}])).mark_rule(strokeDash=[4, 3], color=_GREY)
        layers.insert(0, nought.encode(x="at:Q"))
    return _figure(alt, alt.layer(*layers).properties(width=WIDTH - 180, height=alt.Step(44)), caption)


def grid(cells: Sequence[tuple[str, str, float | None]], across: Words, down: Words, language: Language, caption: Words,
         kind: Kind = "share") -> Figure:  # fmt: skip
    """Values in rows and columns, the darker the greater; (row, column, value), None stays white and empty."""
    import altair as alt

    known = [value for _, _, value in cells if value is not None]
    most = max(known, default=0) or 1
    data = [
        {
            "row": row,
            "column": column,
            "value": value,
            "said": _short(value, kind, language),
            "dark": value > 0.55 * most,
        }
        for row, column, value in cells
        if value is not None
    ]
    rows, heads = list(dict.fromkeys(cell[0] for cell in cells)), list(dict.fromkeys(cell[1] for cell in cells))
    x = alt.X("column:N", title=across.said(language), sort=heads, scale=alt.Scale(domain=heads),
              axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False, labelLimit=90))  # fmt: skip
    y = alt.Y("row:N", title=down.said(language), sort=rows, scale=alt.Scale(domain=rows),
              axis=alt.Axis(ticks=False, domain=False, labelLimit=200))  # fmt: skip
    drawn = alt.Chart(alt.InlineData(values=data)).encode(x=x, y=y)
    scale = alt.Scale(range=["#f3f7fb", "#08305c"], domain=[0, most])
    filled = drawn.mark_rect(stroke="#fff").encode(color=alt.Color("value:Q", scale=scale, legend=None))
    ink = alt.condition("datum.dark", alt.value("#ffffff"), alt.value(_INK))
    said = drawn.mark_text(fontSize=12).encode(text="said:N", color=ink)
    step = max(46, min(92, (WIDTH - 60) // max(1, len(heads))))
    return _figure(alt, (filled + said).properties(width=alt.Step(step), height=alt.Step(28)), caption)


def _short(value: float, kind: Kind, language: Language) -> str:
    return f"{value:.0%}" if kind == "share" else number(value, kind, language)


def _axis(alt: Any, kind: Kind) -> Any:
    if kind == "points":
        return alt.Axis(labelExpr="datum.value ? format(datum.value * 100, '+,.3~r') : '0'", tickCount=5)
    return alt.Axis(format=_FORMS.get(kind, ",.0f"), tickCount=5, **({"tickMinStep": 1} if kind == "count" else {}))


def _figure(alt: Any, chart: Any, caption: Words) -> Figure:
    import vl_convert

    drawer: Any = vl_convert
    plain = chart.configure(font=FONT, background="#ffffff").configure_view(stroke=None).configure_axis(
        labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelColor=_INK, titleColor=_GREY,
        gridColor="#e4e8ec", domainColor="#8a949e", tickColor="#8a949e", titlePadding=12,
    ).configure_legend(labelFontSize=12).configure_text(fontSize=12, color=_INK)  # fmt: skip
    drawn = str(drawer.vegalite_to_svg(plain.to_dict(), vl_version=f"{alt.SCHEMA_VERSION}".removeprefix("v")[:3]))
    return Figure(_own_ids(drawn).replace('class="marks"', 'class="chart"', 1), caption)


def _own_ids(drawn: str) -> str:
    """The drawing with ids that no other drawing of a page has."""
    mark = hashlib.sha256(drawn.encode()).hexdigest()[:8]
    for name in set(_IDS.findall(drawn)):
        drawn = drawn.replace(f'id="{name}"', f'id="{mark}-{name}"').replace(f"url(#{name})", f"url(#{mark}-{name})")
    return drawn
