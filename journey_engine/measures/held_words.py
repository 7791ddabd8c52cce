"""Why something is held and what to do about it, in the reader's language; a hold keeps one text, and decides nothing.

What a brand called its rules stays as it is; what nobody translated stays in English.
"""

from __future__ import annotations

import re

from journey_engine.gate.holds import Hold
from journey_engine.language.words import Words

_ZH = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"([\d,]+) of ([\d,]+) members are missing", r"\2 人裡有 \1 人不在名單上"),
        (r"([\d,]+) of ([\d,]+) rows", r"\2 列裡 \1 列"),
        (r"\b0 rows", "沒有任何列"),
        (r"the newest (?:event )?is of (\S+ \S+ UTC)", r"最新一筆是 \1"),
        (r"no event has a time", "沒有任何一筆有時間"),
        (r"no (\w+) is a date", r"\1 沒有一筆是日期"),
        (r"^([\d,]+) would get it at once: ", r"一次要送給 \1 人："),
        (r"It had ([\d,]+) members and now has ([\d,]+), a change of (\S+) \(watch: (\S+)\)",
         r"原本 \1 人，現在 \2 人，變了 \3（watch：\4）"),
        (r"LINE says that this month's quota is used up", "LINE 說這個月的額度用完了"),
        (r"LINE refuses this channel: ", "LINE 拒絕這個頻道："),
        (r"; ", "；"),
        (r"\.$", "。"),
    )
)  # fmt: skip
# The names of the gate's own rules; those of a suite are the brand's.
_EN = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"名單少了太多人：最多 (\S+)", r"Too many are missing: at most \1"),
        (r"資料過舊：應即時更新", "Older than live data may be"),
        (r"資料過舊：應每小時更新", "Older than hourly data may be"),
        (r"資料過舊：應每日更新", "Older than daily data may be"),
        (r"資料過舊：應每週更新", "Older than weekly data may be"),
        (r"沒有任何資料列", "There is no row"),
    )
)


def reason(text: str) -> Words:
    """What was written of a hold or seen by a rule, as each language has it."""
    zh, en = text, text
    for pattern, said in _ZH:
        zh = pattern.sub(said, zh)
    for pattern, said in _EN:
        en = pattern.sub(said, en)
    return Words(zh, en)


def cure(hold: Hold) -> Words:
    """What to do about it."""
    release = f'journeys release {hold.name} --scope {hold.scope} --by 姓名 --reason "原因"'
    match hold.scope:
        case "feed":
            release = release.replace(" --scope feed", "")
            zh = f"請資料來源補件，或匯入更正的檔案；確定沒問題就放行：{release}"
        case "message" if " would get it at once: " in hold.reason:
            zh = f"請看收件人是誰：journeys gate {hold.name}。確定沒問題就放行：{release}"
        case "message":
            zh = f"請改 journeys/messages/{hold.name}.yaml 並套用，再放行：{release}"
        case "segment":
            zh = f"請看分群的規則和資料；確定沒問題就放行：{release}"
        case _:
            zh = hold.cure
    return Words(zh, hold.cure)
