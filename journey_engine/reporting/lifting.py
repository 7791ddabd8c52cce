"""A lift in words: read or not yet, how much, and whether that is more than chance; it reckons nothing."""

from __future__ import annotations

from typing import assert_never

from journey_engine.language.words import Words
from journey_engine.measures.lift import Lift
from journey_engine.measures.ratio import Ratio
from journey_engine.reporting.contents import Spread
from journey_engine.reporting.labels import local
from journey_engine.reporting.rates import spread


def verdict(lift: Lift, zone: str) -> Words:
    """One sentence on what the journey changed, or why nothing can be said of it."""
    match lift.state:
        case "no goal":
            return Words(
                "這個旅程沒有寫目標（goal），不能量成效。", "It has no goal, so its effect cannot be measured."
            )
        case "no holdout":
            return Words(
                "這個旅程沒有對照組（holdout），不能知道沒有它會怎樣。",
                "It holds nobody out, so nobody knows what would be without it.",
            )
        case "empty":
            return Words("這段時間沒有人進入。", "Nobody came in at that time.")
        case "early":
            when = "" if lift.readable_at is None else local(lift.readable_at, zone)
            return Words(
                f"成效還不能看：目標的時間還沒到，或資料還沒到{f'（最晚到 {when}）' if when else ''}。",
                "Too early to tell its effect: the time of the goal is not over, or its data have not arrived"
                + (f" (by {when} at the latest)." if when else "."),
            )
        case "read":
            return _read(lift)
    assert_never(lift.state)


def _read(lift: Lift) -> Words:
    treated, held_out, difference = lift.treated, lift.held_out, spread(lift.difference, lift.difference_interval)
    if treated.share is None or held_out.share is None or difference is None:
        return Words("有一組沒有人，不能比較。", "One of the groups has nobody in it, so there is nothing to compare.")
    zh = (
        f"進入的人 {treated.share:.1%} 達成目標，對照組 {held_out.share:.1%}，"
        f"相差 {100 * difference.value:+.1f} 個百分點"
        f"（95% 區間 {100 * difference.low:+.1f} 到 {100 * difference.high:+.1f}）："
    )
    en = (
        f"{treated.share:.1%} of those let in reached the goal and {held_out.share:.1%} of those held out, a difference"
        f" of {100 * difference.value:+.1f} points (95 % interval {100 * difference.low:+.1f} to"
        f" {100 * difference.high:+.1f}): "
    )
    said = _concluded(difference)
    return Words(zh + said.zh, en + said.en)


def _concluded(difference: Spread) -> Words:
    if difference.low > 0:
        return Words("旅程讓更多人達成目標。", "the journey brings more of them there.")
    if difference.high < 0:
        return Words("旅程反而讓達成的人變少。", "the journey brings fewer of them there.")
    return Words("還分不出是旅程的效果，還是偶然。", "that may be the journey, or chance.")


def cautions(lift: Lift, ratio: Ratio | None) -> tuple[Words, ...]:
    """Why a lift that can be read should be read with care."""
    told: list[Words] = []
    if ratio is not None and ratio.is_broken:
        shares = "、".join(f"{group.name} {group.members:,}（應約 {group.expected:,.0f}）" for group in ratio.drawn)
        groups = ", ".join(
            f"{group.name} {group.members:,} (about {group.expected:,.0f} expected)" for group in ratio.drawn
        )
        told.append(
            Words(
                f"分組比例不對（p < 0.001）：{shares}。不是偶然，成效不能信；先找出為什麼。",
                f"The groups do not fit their shares (p < 0.001): {groups}. That is no chance: find out why first.",
            )
        )
    if lift.state == "read" and lift.is_small:
        at_least = "" if lift.detectable is None else f"{100 * lift.detectable:.1f}"
        told.append(
            Words(
                "人數還少，只看得出很大的差別" + (f"（約 {at_least} 個百分點以上）。" if at_least else "。"),
                "So few members show large differences only" + (f" (of about {at_least} points)." if at_least else "."),
            )
        )
    if lift.state == "read" and lift.still_open:
        told.append(
            Words(
                f"另有 {lift.still_open:,} 人的時間還沒到，不算在內。",
                f"The time of {lift.still_open:,} more is not over; they are not counted.",
            )
        )
    return tuple(told)
