"""The gate's page: the last judgement of a feed or a message, its history, what was set aside, what to do; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from journey_engine.data.staging import ROW
from journey_engine.gate.gate_history import LAST, Past, Story
from journey_engine.gate.verdict import Outcome
from journey_engine.language.words import Words
from journey_engine.measures import held_words
from journey_engine.reporting.contents import Block, Column, Figure, Page, Section, Sentence, Table, Tile, Tiles
from journey_engine.reporting.gate_bars import bars

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:?\d\d")
_LIST = re.compile(r"^\[(.*)\]$")
_TOLD = 10  # of the history in words
_SEVERITIES = {
    "critical": Words("嚴重（攔下）", "critical (holds)"),
    "warning": Words("警告（隔離該列）", "warning (sets rows aside)"),
    "info": Words("僅計數", "info (only counts)"),
}
_STATUSES = {
    "landed": Words("已匯入", "landed"),
    "held": Words("攔下", "held"),
    "rejected": Words("已被取代", "replaced"),
    "passed": Words("通過", "passed"),
}


def gate_page(story: Story, title: str, zone: str, with_rows: bool = True) -> Page:
    """All that the gate has to say of one feed or message; instants in `zone`. `title` is what people call it.

    Not `with_rows`: without the examples of quarantined rows, for whoever may know no member.
    """
    at = story.last.now.astimezone(ZoneInfo(zone))
    what = Words("資料閘門", "Gate") if story.kind == "feed" else Words("送出前檢查", "Before it goes")
    heading = Words(f"{what.zh}：{title}", f"{what.en}: {title}")
    place = f"{story.name}, {_source(story.last, zone)}" if story.last.source else story.name
    sections = [
        Section("verdict", Words("結果", "The verdict"), (*_verdict(story), _rules(story))),
        Section("history", Words("歷次檢查", "Past judgements"), (*_history(story), past_table(story, zone))),
    ]
    if story.kind == "feed":
        aside = Words("隔離的資料列", "Rows in quarantine")
        sections.append(Section("quarantine", aside, _quarantine(story, with_rows)))
    sections.append(Section("to-do", Words("怎麼辦", "What to do"), _to_do(story)))
    told = Words(f"{place}，{at:%Y-%m-%d %H:%M}（{zone}）", f"{place}, {at:%Y-%m-%d %H:%M} ({zone})")
    return Page(heading, told, tuple(sections))


def _verdict(story: Story) -> tuple[Block, ...]:
    last = story.last
    status = _STATUSES.get(last.status, Words(last.status, last.status))
    if story.kind == "message":
        tiles = (
            Tile(Words("即將收到的人", "about to get it"), last.read),
            Tile(Words("狀態", "status"), status, "text"),
        )
    else:
        tiles = (
            Tile(Words("狀態", "status"), status, "text"),
            Tile(Words("讀入", "read"), last.read),
            Tile(Words("新增", "landed"), story.landed),
            Tile(Words("已有", "already there"), story.already),
            Tile(Words("隔離", "quarantined"), last.quarantined),
        )
    if last.status != "held":
        return (Tiles(tiles),)
    why = held_words.reason("; ".join(last.verdict.reasons))
    return (Tiles(tiles), Sentence(Words(f"攔下的原因：{why.zh}", f"Held because: {why.en}"), "alarm"))


def _rules(story: Story) -> Table:
    heads = (
        Column(Words("規則", "rule")), Column(Words("等級", "severity")), Column(Words("結果", "result")),
        Column(Words("看到的值", "observed")),
        Column(Words("不符", "against it"), "count"), Column(Words("不符比例", "share"), "share"),
    )  # fmt: skip
    rows = tuple(_rule(outcome) for outcome in story.last.verdict.outcomes)
    return Table("rules", Words("每條規則", "Each rule"), heads, rows)


def _rule(outcome: Outcome) -> tuple[str | Words | int | float | None, ...]:
    result = Words("通過", "passed") if outcome.passed else Words("未通過", "FAILED")
    severity = _SEVERITIES[outcome.severity]
    title, seen = held_words.reason(outcome.title or outcome.rule), held_words.reason(_plain(outcome.observed))
    return title, severity, result, seen, outcome.unexpected, outcome.share


def _plain(observed: str) -> str:
    """A list as Great Expectations shows it, without its signs and the column that is ours."""
    found = _LIST.match(observed)
    if found is None:
        return observed
    names = [name.strip().strip("'") for name in found[1].split(",")]
    return ", ".join(name for name in names if name != ROW)


def _history(story: Story) -> tuple[Block, ...]:
    count = len(story.past)
    hint = Words(
        f"最近 {count} 次（最多 {LAST} 次），左舊右新；每列以自己的最大值為高（遠多於平常的截短），"
        "紅點表示未通過或攔下。",
        f"The last {count} (at most {LAST}), oldest first; each line is scaled to its own greatest value"
        " (what is far beyond the usual is cut off), a red dot marks what failed or was held.",
    )
    return (Sentence(hint, "hint"), Figure(bars(story.past)))


def past_table(story: Story, zone: str) -> Table:
    """The last judgements, the newest first."""
    heads = (
        Column(Words("時間", "when")), Column(Words("來源", "from")), Column(Words("狀態", "status")),
        Column(Words("讀入", "read"), "count"), Column(Words("隔離", "quarantined"), "count"),
        Column(Words("未通過的規則", "rules that failed")),
    )  # fmt: skip
    rows = tuple(
        (
            f"{each.now.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}", _source(each, zone),
            _STATUSES.get(each.status, Words(each.status, each.status)), each.read, each.quarantined, _failed(each),
        )
        for each in story.past[: -_TOLD - 1 : -1]
    )  # fmt: skip
    return Table("history", Words(f"最近 {_TOLD} 次", f"The last {_TOLD}"), heads, rows)


def _source(past: Past, zone: str) -> str:
    """The instants of a frame's span as the brand's clock has them, days where they are midnights."""

    def local(found: re.Match[str]) -> str:
        at = datetime.fromisoformat(found[0]).astimezone(ZoneInfo(zone))
        return f"{at:%Y-%m-%d}" if at.time() == time() else f"{at:%Y-%m-%d %H:%M}"

    return _INSTANT.sub(local, past.source)


def _failed(past: Past) -> Words:
    said = [held_words.reason(each.title or each.rule) for each in past.verdict.outcomes if not each.passed]
    return Words("；".join(each.zh for each in said), "; ".join(each.en for each in said))


def _quarantine(story: Story, with_rows: bool) -> tuple[Block, ...]:
    if not story.reasons:
        return (Sentence(Words("沒有隔離任何一列。", "No row was set aside.")),)
    heads = (Column(Words("原因", "reason")), Column(Words("列數", "rows"), "count"))
    reasons = Table("reasons", Words("原因", "Why"), heads, tuple(story.reasons.items()))
    if not with_rows:
        return (reasons,)
    columns = (
        Column(Words("第幾列", "row")), Column(Words("原因", "reasons")),
        Column(Words("內容", "what stands there")),
    )  # fmt: skip
    cells = tuple((str(row.row), "; ".join(row.reasons), _cells(row.content)) for row in story.examples)
    note = Words("每個原因最多三列；一列可有多個原因。", "At most three rows of each reason; a row may have several.")
    return (reasons, Table("examples", Words("例子", "Examples"), columns, cells, note))


def _cells(content: Mapping[str, str | None]) -> str:
    return ", ".join(f"{name}={value or '∅'}" for name, value in content.items())


def _to_do(story: Story) -> tuple[Block, ...]:
    told: list[Sentence] = []
    for hold in story.holds:
        why, asked = held_words.reason(hold.reason), held_words.cure(hold)
        words = Words(f"攔下編號 {hold.id}：{why.zh}{asked.zh}", f"Hold {hold.id}: {why.en} {asked.en}")
        told.append(Sentence(words, "alarm"))
    if story.examples:
        export = f"journeys quarantine export rows.csv --feed {story.name} --batch {story.last.number}"
        told += [
            Sentence(Words(f"匯出後用 Excel 改正：{export}", f"Export the rows and mend them in Excel: {export}")),
            Sentence(
                Words(
                    "改好再送回：journeys quarantine fix rows.csv --by 姓名；規則改了就重試：journeys quarantine retry"
                    f" --feed {story.name}",
                    "Bring them back: journeys quarantine fix rows.csv --by NAME; or, after a rule has changed:"
                    f" journeys quarantine retry --feed {story.name}",
                )
            ),
        ]
    return tuple(told) or (Sentence(Words("不必做什麼。", "Nothing.")),)
