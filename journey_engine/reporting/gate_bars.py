"""The gate's history as small bars in SVG: a line of bars for the rows, and one for each rule's share; pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from statistics import median

from journey_engine.gate.gate_history import Past
from journey_engine.gate.verdict import Outcome

_LINE, _HIGH, _WIDE, _GAP = 34, 24, 12, 4  # pixels: of a line, its bars, a bar, between two
_FAR = 5  # times the usual: a first batch of all years is not what the others are measured by
_LEFT, _RIGHT = 330, 96
_FONT = "system-ui,'Noto Sans TC','Noto Sans CJK TC','PingFang TC','Microsoft JhengHei',sans-serif"
_SHEET = (
    f"<style>.b text{{font-family:{_FONT};font-size:13px;fill:#1d242b}}"
    ".b .d{fill:#5b6b7b;font-size:12px}.b .e{text-anchor:end}</style>"
)
_GOOD, _BAD, _REST = "#4a7ebb", "#b3261e", "#c8cfd6"  # told apart in grey as well


def bars(past: Sequence[Past]) -> str:
    """One SVG: rows of each batch (held ones dark red), then of each rule the share against it, highest = its own most.

    A rule that failed has a mark above its bar, so that colour is not all that tells.
    """
    lines = [_rows(past), *(_rule(past, rule, title) for rule, title in _rules(past))]
    wide, high = _LEFT + len(past) * (_WIDE + _GAP) + _RIGHT, len(lines) * _LINE + 26
    first, last = (f"{each.now:%Y-%m-%d}" for each in (past[0], past[-1]))
    axis = f'<text x="{_LEFT}" y="{high - 8}" class="d">{first}</text>'
    end = _LEFT + len(past) * (_WIDE + _GAP)
    axis += f'<text x="{end}" y="{high - 8}" class="d e">{last}</text>' if len(past) > 12 else ""
    drawn = "".join(f'<g transform="translate(0 {place * _LINE})">{line}</g>' for place, line in enumerate(lines))
    size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
    named = 'class="b" role="img" aria-label="歷次檢查 Past judgements"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {named} {size}>{_SHEET}{drawn}{axis}</svg>'


def _rules(past: Sequence[Past]) -> list[tuple[str, str]]:
    """The rules of the last judgement that were ever counted in rows or failed, with their titles."""
    ever = {o.rule for each in past for o in each.verdict.outcomes if o.unexpected or not o.passed}
    return [(o.rule, o.title or o.rule) for o in past[-1].verdict.outcomes if o.rule in ever]


def _rows(past: Sequence[Past]) -> str:
    usual = median(each.read for each in past)
    most = max((each.read for each in past if each.read <= _FAR * usual), default=0) or 1
    values = [
        (min(each.read / most, 1.0), _BAD if each.status == "held" else _GOOD, each.status == "held") for each in past
    ]
    return _line("列數 Rows", values, [f"{each.now:%Y-%m-%d}: {each.read:,}" for each in past], f"{past[-1].read:,}")


def _rule(past: Sequence[Past], rule: str, title: str) -> str:
    found = [next((o for o in each.verdict.outcomes if o.rule == rule), None) for each in past]
    counted = any(o is not None and o.share is not None for o in found)  # else the rule is about the whole
    shares = [_height(o) for o in found]
    most = max(shares) or 1.0
    values = [
        (share / most, _REST if o is None else _GOOD if o.passed else _BAD, o is not None and not o.passed)
        for share, o in zip(shares, found, strict=True)
    ]
    told = [f"{share:.2%}" if counted else "×" if share else "✓" for share in shares]
    tips = [f"{each.now:%Y-%m-%d}: {said}" for each, said in zip(past, told, strict=True)]
    return _line(title, values, tips, told[-1])


def _height(outcome: Outcome | None) -> float:
    if outcome is None or outcome.share is not None:
        return outcome.share or 0.0 if outcome else 0.0
    return 0.0 if outcome.passed else 1.0


def _line(title: str, values: Sequence[tuple[float, str, bool]], tips: Sequence[str], last: str) -> str:
    drawn = [f'<text x="0" y="{_HIGH}">{escape(_short(title))}</text>']
    for place, ((share, colour, marked), tip) in enumerate(zip(values, tips, strict=True)):
        x, high = _LEFT + place * (_WIDE + _GAP), max(1.0, share * (_HIGH - 6))
        top = _HIGH - high
        drawn.append(
            f'<rect x="{x}" y="{top:.1f}" width="{_WIDE}" height="{high:.1f}" fill="{colour}">'
            f"<title>{escape(tip)}</title></rect>"
        )
        if marked:
            drawn.append(f'<circle cx="{x + _WIDE / 2}" cy="{top - 4:.1f}" r="2" fill="{_BAD}"></circle>')
    x = _LEFT + len(values) * (_WIDE + _GAP) + 6
    return "".join([*drawn, f'<text x="{x}" y="{_HIGH}">{escape(last)}</text>'])


def _short(title: str) -> str:
    """As much of a title as the left column holds; Chinese is twice as wide."""
    width, kept = 0, ""
    for letter in title:
        width += 2 if ord(letter) > 0x2E7F else 1
        if width > 44:
            return f"{kept}…"
        kept += letter
    return kept
