"""How good the data of a quarter were: what each feed brought, what was quarantined and why, what was held; pure."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.words import Words
from journey_engine.measures.brand import Fed, Quality
from journey_engine.reporting.contents import Block, Column, Sentence, Table
from journey_engine.reporting.labels import local


def data(quality: Quality, zone: str) -> Iterator[Block]:
    """Three tables, as far as there is anything to tell."""
    if not quality.feeds:
        yield Sentence(Words("這段時間沒有匯入資料。", "Nothing was imported at that time."), "hint")
        return
    yield _feeds(quality.feeds)
    if quality.reasons:
        columns = (Column(Words("隔離的原因", "quarantined because")), Column(Words("筆數", "rows"), "count"))
        rows = tuple(quality.reasons.items())
        note = Words("一筆可以有好幾個原因。", "A row may have several reasons.")
        yield Table("quarantine", Words("被隔離的列", "Rows in quarantine"), columns, rows, note)
    yield _holds(quality, zone)


def _feeds(feeds: tuple[Fed, ...]) -> Table:
    columns = (
        Column(Words("來源", "feed")),
        Column(Words("批次", "batches"), "count"),
        Column(Words("曾被攔下", "ever held"), "count"),
        Column(Words("還攔著", "still held"), "count"),
        Column(Words("讀入", "read"), "count"),
        Column(Words("新增", "landed"), "count"),
        Column(Words("已有", "already there"), "count"),
        Column(Words("隔離", "quarantined"), "count"),
        Column(Words("隔離比率", "share quarantined"), "share"),
    )
    rows = tuple(
        (f.feed, f.batches, f.ever_held, f.held, f.read, f.landed, f.already, f.quarantined,
         f.quarantined / f.read if f.read else None)
        for f in feeds
    )  # fmt: skip
    return Table("feeds", Words("匯入的資料", "Data that came in"), columns, rows)


def _holds(quality: Quality, zone: str) -> Table:
    columns = (
        Column(Words("攔下的項目", "what was held")),
        Column(Words("原因", "why")),
        Column(Words("開始", "since")),
        Column(Words("放行", "released")),
        Column(Words("放行人與原因", "by whom, and why")),
    )
    still = Words("還攔著", "still held")
    rows = tuple(
        (
            f"{hold.scope} {hold.name}",
            hold.reason,
            local(hold.since, zone),
            local(hold.released_at, zone) if hold.released_at else still,
            f"{hold.released_by or ''}: {hold.release_reason or ''}" if hold.released_at else "",
        )
        for hold in quality.holds
    )
    return Table("holds", Words("攔下的項目", "What was held"), columns, rows)
