"""A placed journey as SVG, and a page around it; plain text out, no fonts, scripts or pictures from elsewhere."""

from __future__ import annotations

from html import escape

from journey_engine.drawing.boxes import (
    DOWN,
    LABEL,
    PAD,
    ROW,
    WIDTH,
    Box,
    Label,
    Sheet,
    Wire,
    place_row,
    width_of,
    wrapped,
)
from journey_engine.drawing.parts import parts
from journey_engine.language.journey import Journey
from journey_engine.language.words import Language, Words
from journey_engine.saying.journeys import about
from journey_engine.saying.titles import Titles
from journey_engine.saying.triggers import trigger
from journey_engine.saying.values import spaced

_COLOURS = {
    "send": "#06a94d",
    "wait": "#d98a00",
    "branch": "#2f6fde",
    "split": "#8a4fd3",
    "tag": "#5b6b7b",
    "untag": "#5b6b7b",
    "set": "#5b6b7b",
    "call": "#c2512f",
    "hand_off": "#c23a78",
    "go_to": "#0b8a8a",
    "stop": "#444b52",
}
_VERBS = {
    "send": Words("傳送", "send"),
    "wait": Words("等候", "wait"),
    "branch": Words("分流", "branch"),
    "split": Words("分組", "split"),
    "tag": Words("標籤", "tag"),
    "untag": Words("標籤", "untag"),
    "set": Words("設定", "set"),
    "call": Words("外部系統", "call"),
    "hand_off": Words("專人", "hand off"),
    "go_to": Words("轉旅程", "go to"),
    "stop": Words("結束", "stop"),
}
_STYLE = """
  .box{fill:#fff;stroke:#cfd6dd}.name{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#8a949e}
  .does{font:14px system-ui,"Noto Sans TC","PingFang TC","Microsoft JhengHei",sans-serif;fill:#1d242b}
  .if{font-style:italic;fill:#5b6b7b}.way{font-size:13px;fill:#2b3a4a;text-anchor:middle}
  .paper{stroke:#fafbfc;stroke-width:6px;paint-order:stroke}
  .verb{font:bold 11px system-ui,"Noto Sans TC",sans-serif}.wire{fill:none;stroke:#9aa6b2;stroke-width:1.5}
  .end{fill:#eef1f4;stroke:#cfd6dd}.mid{text-anchor:middle}
"""
_MARGIN = 24


def svg(journey: Journey, titles: Titles, language: Language) -> str:
    """The journey from entrance to end as one SVG element, top to bottom."""
    row = parts(journey, titles)
    width = width_of(row) + 2 * _MARGIN
    middle, sheet = width / 2, Sheet()
    entrance = wrapped(spaced(trigger(journey.enter, titles)).said(language), 34)
    head = ROW * len(entrance) + 16
    sheet.wires.append(Wire(((middle, _MARGIN + head), (middle, _MARGIN + head + DOWN)), has_arrow=True))
    bottom = place_row(sheet, row, middle, _MARGIN + head + DOWN, language)
    painted = [_pill(middle, _MARGIN, head, entrance)]
    if all(part.goes_on for part in row):
        sheet.wires.append(Wire(((middle, bottom), (middle, bottom + DOWN)), row[-1].is_last, has_arrow=True))
        end = (Words("走完", "the end").said(language),)
        painted.append(_pill(middle, bottom + DOWN, ROW + 16, end, 90))
        bottom += DOWN + ROW + 16
    painted = [
        *(_wire(wire) for wire in sheet.wires),
        *painted,
        *(_box(box, language) for box in sheet.boxes),
        *(_label(label) for label in sheet.labels),
    ]
    height = bottom + _MARGIN
    inside = "\n".join(painted)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">\n<title>{escape(journey.title)}</title>\n'
        f"<style>{_STYLE}</style>\n"
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#9aa6b2"/></marker></defs>\n'
        f'<rect width="100%" height="100%" fill="#fafbfc"/>\n{inside}\n</svg>'
    )


def page(journey: Journey, titles: Titles, language: Language) -> str:
    """A page of its own: title, what holds for the whole journey, the drawing."""
    sentences = "".join(f"<li>{escape(spaced(words).said(language))}</li>" for words in about(journey, titles))
    drawn = svg(journey, titles, language)
    name = escape(f"{journey.title}（{journey.journey}）" if language == "zh-TW" else journey.journey)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{name}</title>\n'
        "<style>body{margin:32px;background:#fafbfc;color:#1d242b;"
        'font:15px/1.7 system-ui,"Noto Sans TC","PingFang TC","Microsoft JhengHei",sans-serif}'
        "h1{font-size:22px}ul{padding-left:20px;max-width:60em}.map{overflow-x:auto}svg{display:block}</style></head>\n"
        f'<body><h1>{name}</h1><ul>{sentences}</ul><div class="map">{drawn}</div></body></html>\n'
    )


def _wire(wire: Wire) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in wire.points)
    dashed = ' stroke-dasharray="4 4"' if wire.is_dashed else ""
    arrow = ' marker-end="url(#arrow)"' if wire.has_arrow else ""
    return f'<polyline class="wire" points="{points}"{dashed}{arrow}/>'


def _pill(middle: float, top: float, height: float, lines: tuple[str, ...], width: float = 300) -> str:
    texts = "".join(
        f'<text class="does mid" x="{middle:.1f}" y="{top + 8 + ROW * (number + 1) - 6:.1f}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    place = f'x="{middle - width / 2:.1f}" y="{top:.1f}" width="{width}" height="{height}"'
    return f'<rect class="end" {place} rx="18"/>{texts}'


def _box(box: Box, language: Language) -> str:
    colour, left = _COLOURS[box.verb], box.x + PAD + 4
    first = box.y + PAD + 10
    texts = [
        f'<text class="verb" x="{left:.1f}" y="{first:.1f}" fill="{colour}">{_VERBS[box.verb].said(language)}</text>',
        f'<text class="name" x="{box.x + WIDTH - PAD:.1f}" y="{first:.1f}" text-anchor="end">{escape(box.name)}</text>',
    ]
    for number, line in enumerate((*box.condition, *box.lines), 1):
        kind = "does if" if number <= len(box.condition) else "does"
        texts.append(f'<text class="{kind}" x="{left:.1f}" y="{first + ROW * number:.1f}">{escape(line)}</text>')
    return (
        f'<g><rect class="box" x="{box.x:.1f}" y="{box.y:.1f}" width="{WIDTH}" height="{box.height:.1f}" rx="8"/>'
        f'<path d="M{box.x + 3:.1f} {box.y + 8:.1f}v{box.height - 16:.1f}" stroke="{colour}" stroke-width="4" '
        f'stroke-linecap="round"/>{"".join(texts)}</g>'
    )


def _label(label: Label) -> str:
    return "".join(
        f'<text class="does way paper" x="{label.x:.1f}" y="{label.y + LABEL * number - 2:.1f}">{escape(line)}</text>'
        for number, line in enumerate(label.lines)
    )
