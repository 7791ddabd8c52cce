"""Experiments in words: how each stands, and once it can be read what it came to; in the brand's language, pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from journey_engine.language.words import Language, Words
from journey_engine.measures.experiments import BROKEN, Outcome, Reading, Shown
from journey_engine.measures.proportions import Interval
from journey_engine.measures.tables import table

_SHOWN = (("組別", "應占", "人數", "實占"), ("arm", "share", "members", "came to"))
_READ = (
    ("組別", "人數", "達成", "比率（95% 區間）", "與第一組相差（95% 區間）", "p"),
    ("arm", "members", "did it", "rate (95%)", "difference to the first (95%)", "p"),
)


def results_page(journey: str, title: str, readings: Sequence[Reading], zone: str, language: Language) -> str:
    """All experiments of a journey as markdown; times in the business zone."""
    head = Words(f"# {title}（{journey}）的實驗", f"# Experiments of {title} ({journey})").said(language)
    none = Words("這個旅程沒有實驗。", "This journey has no experiment.").said(language)
    parts = [part for reading in readings for part in _of(reading, zone, language)]
    return "\n\n".join([head, *(parts or [none])])


def _of(reading: Reading, zone: str, language: Language) -> Iterator[str]:
    asked = reading.experiment
    yield f"## {reading.step}"
    yield Words(
        f"抽到之後 {asked.within} 內有沒有「{asked.measure.text}」，樣本 {asked.sample:,} 人。",
        f"Whether “{asked.measure.text}” happens within {asked.within} of the draw, for {asked.sample:,} members.",
    ).said(language)
    yield state(reading, zone).said(language)
    if reading.is_broken:
        yield BROKEN_SAID.said(language)
    if reading.state != "final":
        yield table(*_SHOWN, [_shown(arm, reading.members) for arm in reading.arms], language)
        return
    yield table(*_READ, [_outcome(outcome, language) for outcome in reading.outcomes], language)
    compared = sum(outcome.p is not None for outcome in reading.outcomes)
    if compared > 1:
        yield Words(
            f"比了 {compared} 次，p 值已用 Holm 法調整。",
            f"{compared} comparisons; their p values are adjusted by Holm.",
        ).said(language)


def state(reading: Reading, zone: str) -> Words:
    """How far it is, and when it can be read."""
    local = _local(reading.readable_at, zone)
    sample = reading.experiment.sample
    match reading.state:
        case "filling" if reading.readable_at is None:
            return Words(f"還沒有人抽到，樣本要 {sample:,} 人。", f"Nobody has been drawn yet of {sample:,}.")
        case "filling":
            return Words(
                f"樣本 {reading.members:,} / {sample:,} 人，還不能看結果；照目前的速度約 {local[:10]} 可以看。",
                f"{reading.members:,} of {sample:,} members; at this pace it can be read about {local[:10]}.",
            )
        case "running":
            return Words(f"樣本滿了，{local} 可以看結果。", f"The sample is full; it can be read at {local}.")
        case "late":
            return Words(
                f"時間在 {local} 到了，等資料匯入到那時就可以看結果。",
                f"Its time was over at {local}; it can be read when the data up to then has arrived.",
            )
        case "final":
            return Words(f"已定案（{local}）：之後的人不再計入。", f"Final since {local}: nobody later is counted.")


BROKEN_SAID = Words(
    f"⚠ 分流比例不對（p < {BROKEN}）：不是偶然，結果不能信。請先找出為什麼，改好後換個步驟名稱重做。",
    f"⚠ The arms do not fit their shares (p < {BROKEN}): that is no chance, so nothing can be read from them. "
    "Find out why, and begin anew under another step name.",
)


def _shown(arm: Shown, of: int) -> tuple[str, str, int, str]:
    return arm.arm, f"{arm.share:.0%}", arm.members, f"{arm.members / of:.1%}" if of else ""


def _outcome(outcome: Outcome, language: Language) -> tuple[str, int, int, str, str, str]:
    rate = "" if outcome.rate is None else f"{outcome.rate:.1%}{_span(outcome.interval, language, '')}"
    difference = ""
    if outcome.difference is not None:
        points = Words(" 個百分點", " points").said(language)
        difference = f"{100 * outcome.difference:+.1f}{points}{_span(outcome.difference_interval, language, '+')}"
    return outcome.arm, outcome.members, outcome.did, rate, difference, _p(outcome.p)


def _span(interval: Interval | None, language: Language, sign: str) -> str:
    if interval is None:
        return ""
    low, high = (f"{100 * bound:{sign}.1f}" for bound in interval)
    return Words(f"（{low} 到 {high}）", f" ({low} to {high})").said(language)


def _p(p: float | None) -> str:
    return "" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def _local(instant: datetime | None, zone: str) -> str:
    return "" if instant is None else f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
