"""Figures as markdown for people, in the brand's language: a night's summary, a journey's page, what is held; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from journey_engine.data.batches import BatchReport
from journey_engine.data.pools import Standing as Pool
from journey_engine.data.pools import warnings
from journey_engine.drawing.mermaid import flowchart
from journey_engine.gate.holds import Hold
from journey_engine.gate.verdict import Verdict
from journey_engine.language.journey import Journey
from journey_engine.language.words import Language, Words
from journey_engine.measures import held_words, quota, ratio
from journey_engine.measures.funnel import funnel
from journey_engine.measures.journeys import Standing
from journey_engine.measures.night import Imported, Night
from journey_engine.measures.tables import table


def journey_page(journey: Journey, figures: Standing, language: Language) -> str:
    """A journey's artifact: its map with counts, what came of its entrants, the funnel and its sends."""
    parts = [f"# {journey.title}（{journey.journey}）" if language == "zh-TW" else f"# {journey.title}"]
    parts += ["```mermaid", flowchart(journey, language, figures), "```", _results(figures, language)]
    parts += [_title("漏斗 Funnel", "Funnel", language), funnel(journey, figures, language)]
    parts += [_title("送出的訊息 Sends", "Sends", language), _sends(figures, language)]
    return "\n\n".join(parts).replace("```mermaid\n\n", "```mermaid\n").replace("\n\n```\n", "\n```\n")


def night_page(night: Night, zone: str, language: Language) -> str:
    """A night's artifact: imported, quarantined, segments, moved, sent, skipped, held and quota, in that order."""
    local = [instant.astimezone(ZoneInfo(zone)) for instant in (night.since, night.until)]
    span = f"{local[0]:%Y-%m-%d %H:%M} → {local[1]:%Y-%m-%d %H:%M} ({zone})"
    title = Words(f"# 夜間摘要\n\n{span}", f"# The night in figures\n\n{span}").said(language)
    sections = [
        ("匯入 Import", "Imported", imports_table(night.imported, language)),
        ("分群 Segments", "Segments", _segments(night, language)),
        (
            "生命週期階段 Stages",
            "Stages",
            _pairs(night.stages.items(), ("階段", "進入"), ("stage", "came in"), language),
        ),
        ("旅程 Journeys", "Journeys", _journeys(night, language)),
        ("送出的訊息 Sends", "Sends", _settled(night, language)),
        ("攔下待放行 Held", "Held", holds_table(night.held, language)),
        ("額度 Quota", "Quota", _quotas(night, language)),
    ]
    if night.pools:
        sections.insert(-1, ("折價券 Coupons", "Coupons", _pools(night.pools, language)))
    if night.unknown_zones:
        head = (("時區", "會員數"), ("zone", "members"))
        zones = _pairs(night.unknown_zones.items(), *head, language)
        sections.append(("不明的時區（以公司時區計）", "Unknown zones (the policy's zone is used)", zones))
    return "\n\n".join([title, *(f"{_title(zh, en, language)}\n\n{body}" for zh, en, body in sections)])


def gate_page(report: BatchReport, language: Language) -> str:
    """A gate's artifact: the totals, each rule with what it found, why rows were quarantined; never a row itself."""
    counts = (report.read, report.landed, report.already, report.quarantined)
    totals = Imported(report.feed, report.source, report.status, *counts, report.reasons)
    title = Words(f"# 資料閘門：{report.feed}", f"# Gate: {report.feed}").said(language)
    brought = _pairs(report.counts.items(), ("新增", "筆數"), ("added", "count"), language)
    parts = [title, report.source, imports_table([totals], language), brought, _rules(report.verdict, language)]
    return "\n\n".join(parts)


def wave_page(message: str, recipients: int, verdict: Verdict, language: Language) -> str:
    """The artifact of a message that was about to reach many: how many, and each rule about them."""
    title = Words(f"# 送出前檢查：{message}", f"# Before it goes: {message}").said(language)
    count = Words(f"{recipients:,} 人即將收到。", f"{recipients:,} members are about to get it.").said(language)
    return "\n\n".join([title, count, _rules(verdict, language)])


def _rules(verdict: Verdict, language: Language) -> str:
    passed = Words("通過", "passed").said(language)
    failed = Words("未通過", "failed").said(language)
    rules = [
        (
            held_words.reason(each.title or each.rule).said(language), each.severity,
            passed if each.passed else failed, each.unexpected or 0, held_words.reason(each.observed).said(language),
        )
        for each in verdict.outcomes
    ]  # fmt: skip
    head = (
        ("規則", "等級", "結果", "不符筆數", "看到的值"),
        ("rule", "severity", "result", "rows against it", "observed"),
    )
    return table(*head, rules, language)


def imports_table(imported: Sequence[Imported], language: Language) -> str:
    """What each batch brought, and under the table why rows were quarantined."""
    head = (
        ("來源", "狀態", "讀入", "新增", "已有", "隔離"),
        ("feed", "status", "read", "landed", "already", "quarantined"),
    )
    rows = [(i.feed, i.status, i.read, i.landed, i.already, i.quarantined) for i in imported]
    reasons = [(i.feed, reason, count) for i in imported for reason, count in i.reasons.items()]
    parts = [table(*head, rows, language)]
    if reasons:
        parts.append(table(("來源", "隔離原因", "筆數"), ("feed", "quarantined because", "rows"), reasons, language))
    return "\n\n".join(parts)


def holds_table(held: Iterable[Hold], language: Language) -> str:
    """What is held, why, and what to do; the number is what a release asks for."""
    rows = [
        (hold.id, f"{hold.scope} {hold.name}", held_words.reason(hold.reason).said(language),
         held_words.cure(hold).said(language))
        for hold in held
    ]  # fmt: skip
    return table(("編號", "項目", "原因", "怎麼辦"), ("number", "what", "why", "what to do"), rows, language)


def _results(figures: Standing, language: Language) -> str:
    rows = [
        (Words("進入 Entered", "entered"), figures.entered),
        (Words("對照組 Holdout", "held out"), figures.held_out),
        (Words("進行中 Inside", "inside"), figures.inside),
        (Words("達成目標 Goal", "reached the goal"), figures.goals),
        (Words("對照組達成目標 Goal in holdout", "reached it in the holdout"), figures.goals_held_out),
        *((Words(f"結束：{reason}", f"ended: {reason}"), count) for reason, count in figures.ended.items()),
        *((Words(f"未進入：{reason}", f"not let in: {reason}"), count) for reason, count in figures.refused.items()),
    ]
    if figures.stuck:
        rows.append((Words("卡住 Stuck", "stuck"), figures.stuck))
    said = [(words.said(language), count) for words, count in rows]
    return table(("結果", "人次"), ("what became of them", "visits"), said, language)


def _sends(figures: Standing, language: Language) -> str:
    rows = [(step, status, reason, count) for (step, status, reason), count in sorted(figures.sends.items())]
    return table(("步驟", "狀態", "原因", "則數"), ("step", "status", "reason", "messages"), rows, language)


def _settled(night: Night, language: Language) -> str:
    rows = [(status, reason, count) for (status, reason), count in night.sends.items()]
    return table(("狀態", "原因", "則數"), ("status", "reason", "messages"), rows, language)


def _segments(night: Night, language: Language) -> str:
    rows = [(name, *counts) for name, counts in night.segments.items()]
    return table(("分群", "加入", "離開", "目前人數"), ("segment", "joined", "left", "size"), rows, language)


def _journeys(night: Night, language: Language) -> str:
    names = sorted(night.moved.keys() | night.waiting.keys())
    rows = [(name, night.moved.get(name, 0), night.waiting.get(name, 0)) for name in names]
    told = [f"⚠ {words.said(language)}" for words in ratio.warnings(night.broken)]
    return "\n\n".join([table(("旅程", "移動", "等候中"), ("journey", "moved", "waiting"), rows, language), *told])


def _quotas(night: Night, language: Language) -> str:
    unlimited = Words("無上限", "no limit").said(language)
    rows = [
        (q.channel, q.month, q.used, unlimited if q.limit is None else f"{q.limit:,}", q.per_day, str(q.runs_out or ""))
        for q in night.quotas
    ]
    head = (
        ("頻道", "月份", "已用", "上限", "最近每天", "哪天用完"),
        ("channel", "month", "used", "limit", "a day of late", "used up on"),
    )
    told = [f"⚠ {words.said(language)}" for words in quota.warnings(night.quotas)]
    told += [quota.different(each).said(language) for each in night.differences]
    return "\n\n".join([table(*head, rows, language), *told])


def _pools(stand: Sequence[Pool], language: Language) -> str:
    head = (
        ("折價券", "可發", "已發", "已用", "過期", "還能發幾天"),
        ("coupon", "free", "given", "redeemed", "expired", "days left"),
    )
    rows = [
        (p.pool, p.free, p.given, p.redeemed, p.expired, "" if p.days_left is None else f"{p.days_left:,}")
        for p in stand
    ]
    told = [f"⚠ {words.said(language)}" for words in warnings(stand)]
    return "\n\n".join([table(*head, rows, language), *told])


def _pairs(pairs: Iterable[tuple[str, int]], zh: Sequence[str], en: Sequence[str], language: Language) -> str:
    return table(zh, en, list(pairs), language)


def _title(zh: str, en: str, language: Language) -> str:
    return f"## {Words(zh, en).said(language)}"
