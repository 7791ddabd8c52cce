"""Each term of a report: what it means, and where its figures come from; reckons nothing."""

from __future__ import annotations

from collections.abc import Sequence

from journey_engine.language.words import Words
from journey_engine.reporting.contents import Column, Table

_TERMS: dict[str, tuple[Words, Words, Words]] = {
    "visit": (
        Words("進入、人次", "visit"),
        Words(
            "一位會員進入旅程一次；可以再進入的旅程，同一人可以有好幾次。",
            "One member coming in once; may be more than one a member.",
        ),
        Words("旅程紀錄", "log of the journeys"),
    ),
    "accepted": (
        Words("LINE 收下", "LINE took it"),
        Words(
            "LINE 回覆收下的訊息；不等於已讀，LINE 不提供個人已讀。",
            "Accepted by LINE; not the same as read, which LINE tells of nobody.",
        ),
        Words("送出紀錄", "log of sends"),
    ),
    "tap": (
        Words("點按", "tap"),
        Words(
            "點訊息裡的按鈕或連結；算在最近送那則訊息給她的旅程。",
            "A tap on a button or link; counts for the journey that sent her that message last.",
        ),
        Words("LINE webhook 與短連結", "LINE's webhook, and links of our own"),
    ),
    "goal": (
        Words("目標", "goal"),
        Words(
            "旅程檔 goal 寫的事，在期限內發生；每次進入最多算一次。",
            "What the file's goal asks, within its time; at most once a visit.",
        ),
        Words("事件", "events"),
    ),
    "lift": (
        Words("成效（與對照組相差）", "lift"),
        Words(
            "進入的人與抽籤留下不進入的人，達成目標的比率相差多少。區間跨過 0 就還不能下結論。",
            "The difference of the shares that reached the goal, let in against held out by lot. An "
            "interval across 0 says nothing yet.",
        ),
        Words("Newcombe 95% 區間（statsmodels）", "Newcombe's 95 % interval (statsmodels)"),
    ),
    "ratio": (
        Words("分組比例警報", "ratio alarm"),
        Words(
            "各組人數和寫的比例差太多（p < 0.001），代表抽籤壞了，成效不能信。",
            "Groups too far from their shares (p < 0.001): the lot is broken, and nothing can be read from it.",
        ),
        Words("卡方檢定（scipy）", "chi-square test (scipy)"),
    ),
    "response": (
        Words("回應", "response"),
        Words(
            "收到訊息後一段時間內做了什麼的人占多少；不是成效，沒有訊息可能也會做。",
            "The share that did something in the time after a message; no effect: they might have done it without.",
        ),
        Words("事件；Wilson 95% 區間", "events; Wilson's 95 % interval"),
    ),
    "cost": (
        Words("花費", "cost"),
        Words(
            "計費訊息照 policy.yaml 的 prices 算；一次送給一人的多則算一則。",
            "Messages that count, by the prices of policy.yaml; what goes to one member at once counts once.",
        ),
        Words("額度帳", "ledger of the quota"),
    ),
    "friend": (
        Words("好友", "friend"),
        Words("加入官方帳號、沒有封鎖的會員。", "A member who follows the account and has not blocked it."),
        Words("LINE 的加入與封鎖", "LINE's follows and blocks"),
    ),
    "stage": (
        Words("生命週期階段", "stage"),
        Words(
            "stages.yaml 由上往下第一個符合的；每晚重算並留下日期。",
            "The first rule of stages.yaml that holds; worked out anew each night and kept with its dates.",
        ),
        Words("階段紀錄", "log of the stages"),
    ),
    "cohort": (
        Words("首購月份（世代）", "cohort"),
        Words(
            "同一個月第一次購買的會員；第幾個月是首購之後第幾個月。",
            "Members whose first purchase lies in one month; months count from it.",
        ),
        Words("購買事件，商業時區的月份", "purchases, by months of the business zone"),
    ),
    "rfm": (
        Words("RFM", "RFM"),
        Words(
            "最近一次、次數、金額各分五等，5 最好。",
            "Recency, frequency and money in fifths each, 5 the best.",
        ),
        Words("購買事件", "purchases"),
    ),
    "repurchase": (
        Words("回購", "repurchase"),
        Words(
            "首購後幾天內買第二次的比率，只算觀察滿那麼多天的人；中位天數把還沒回購的人也算進去。",
            "The share with a second purchase in so many days, of those seen for so long; the median "
            "counts those who have not yet.",
        ),
        Words("購買事件；Kaplan–Meier", "purchases; Kaplan and Meier"),
    ),
    "lifetime": (
        Words("未來價值", "projected value"),
        Words(
            "照過去的購買估計接下來會花多少；旁邊寫著留下最後幾個月來驗證時差了多少。",
            "What members will spend, by what they bought; beside it its error when the last months were held back.",
        ),
        Words("BG/NBD 與 Gamma-Gamma（scipy 配適）", "BG/NBD and Gamma-Gamma, fitted by scipy"),
    ),
    "nps": (
        Words("NPS", "NPS"),
        Words(
            "推薦者（9–10）減批評者（0–6）的百分點，從 −100 到 100；0 到 10 以外不算回答。",
            "Promoters (9, 10) less detractors (0 to 6) in points, -100 to 100; outside 0 to 10 is no answer.",
        ),
        Words("問卷回答；95% 區間", "answers to surveys; 95 % interval"),
    ),
    "csat": (
        Words("CSAT", "CSAT"),
        Words("1 到 5 分裡給 4 或 5 分的人占多少。", "The share that gave 4 or 5 of 1 to 5."),
        Words("問卷回答；Wilson 95% 區間", "answers to surveys; Wilson's 95 % interval"),
    ),
    "touch": (
        Words("接觸點", "touchpoint"),
        Words(
            "品牌與會員碰到一次：送出、點按、回覆、購買、來訪。",
            "Brand and member meeting once: sent, tapped, replied, bought, visited.",
        ),
        Words("送出紀錄與事件", "log of sends, and events"),
    ),
    "upsell": (
        Words("加購升級", "upsell"),
        Words(
            "做了第一件事的人，多少在期限內做了第二件（policy.yaml 的 upsell，或旅程的目標）。",
            "Of those who did one thing, how many did the second in time (upsell of policy.yaml, or a journey's goal).",
        ),
        Words("事件", "events"),
    ),
    "quarantine": (
        Words("隔離", "quarantine"),
        Words(
            "資料檢查沒過的列，沒有進來；修好可以再送。",
            "Rows that failed the checks and did not land; they can be mended and brought again.",
        ),
        Words("匯入紀錄", "log of the imports"),
    ),
}


def glossary(terms: Sequence[str]) -> Table:
    """The terms a page uses, in the page's order. Raises KeyError for one that nobody explained."""
    columns = (
        Column(Words("名詞", "term")), Column(Words("意思", "meaning")), Column(Words("來源", "source")),
    )  # fmt: skip
    return Table("terms", Words("", ""), columns, tuple(_TERMS[term] for term in terms))
