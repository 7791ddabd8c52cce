"""Why somebody was not let in, why something was not sent, why a visit ended: the reasons' words; it finds none."""

from __future__ import annotations

from journey_engine.language.words import Words

REFUSED = {
    "if": Words("不符合進入條件", "the condition of entry did not hold"),
    "again": Words("還不能再次進入", "not again yet"),
    "inside": Words("當時已經在這個旅程裡", "already inside then"),
    "older": Words("這件事比上次進入還早", "it is older than the last entry"),
    "blocked": Words("當時已封鎖帳號", "the account was blocked then"),
    "no key": Words("這件事沒有編號", "it has no key"),
    "restart": Words("重新起算等候，不另外進入", "it began the first wait anew instead"),
}
UNSENT = {
    "quiet hours": Words("碰到不打擾時段", "it was in quiet hours"),
    "capped": Words("超過次數上限", "over the cap"),
    "no consent": Words("沒有同意收這類訊息", "no consent to such messages"),
    "not a friend": Words("不是好友（沒加入或已封鎖）", "not a friend of the account"),
    "left": Words("當時已離開旅程", "they had left the journey"),
    "expired": Words("太晚了，過了期限", "too late, it had expired"),
    "quota": Words("本月額度用完", "the month's quota was used up"),
    "if": Words("送出前再問一次，條件已不符合", "asked once more at sending, its condition no longer held"),
    "erased": Words("資料已刪除", "their data were erased"),
    "merged": Words("與另一筆會員資料合併，那邊已送過或會送", "merged with another profile, whose visit has it"),
    "asked lately": Words("這份問卷不久前才問過", "this survey asked them not long ago"),
    "no reply token": Words("過了可以免費回覆的時間", "the time for a free reply was over"),
}
UNFILLED = {
    "missing value": Words("沒有這個值，也沒有預設", "no such value, and no default"),
    "empty": Words("填好之後是空的", "empty when filled in"),
    "too long": Words("填好之後太長", "too long when filled in"),
    "too large": Words("填好之後太大", "too large when filled in"),
    "nothing to show": Words("清單是空的，沒有東西可以顯示", "the list is empty, and there is nothing else to show"),
    "no https link": Words("不是 https 連結", "no https link"),
}
ENDED = {
    "finished": Words("走完", "came to its end"),
    "leave": Words("符合離開的條件", "the rule of leaving held"),
    "goal": Words("達成目標而離開", "reached the goal and left"),
    "blocked": Words("封鎖帳號而離開", "blocked the account and left"),
    "erased": Words("資料刪除而離開", "left as their data were erased"),
    "holdout": Words("對照組的觀察期結束", "the time of the holdout is over"),
    "stuck": Words("卡住而結束", "ended as stuck"),
    "merged": Words("與另一筆會員資料合併，由那一次繼續", "merged with another profile, whose visit goes on"),
}


def refused(reason: str) -> Words:
    """Why a trigger did not let somebody in."""
    return REFUSED.get(reason, Words(reason, reason))


def unsent(reason: str) -> Words:
    """Why a message was not sent; a reason nobody has put into words is said as it was written."""
    kind, colon, what = reason.partition(": ")
    if colon and kind in UNFILLED:
        return Words(f"{UNFILLED[kind].zh}：{what}", f"{UNFILLED[kind].en}: {what}")
    if colon and kind == "no coupon code":
        return Words(
            f"折價券 {what} 沒有序號可給（發完了，或已經過期）", f"no code of coupon {what}: none left, or expired"
        )
    return UNSENT.get(reason, Words(reason, reason))


def ended(reason: str) -> Words:
    """Why a visit ended; `stop: …` and `go_to: …` carry what was written."""
    kind, colon, rest = reason.partition(": ")
    if colon and kind == "stop":
        return Words(f"到此結束：{rest}", f"ended: {rest}")
    if colon and kind == "go_to":
        return Words(f"轉進旅程 {rest}", f"handed on to {rest}")
    return ENDED.get(reason, Words(reason, reason))
