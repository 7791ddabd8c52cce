"""What members did after a message, as a table; it reckons nothing, and calls nothing an effect."""

from __future__ import annotations

from collections.abc import Sequence

from journey_engine.language.words import Words
from journey_engine.measures.following import Response
from journey_engine.reporting.contents import Column, Table
from journey_engine.reporting.rates import share
from journey_engine.saying.titles import Titles


def responses(found: Sequence[Response], days: int, titles: Titles) -> Table:
    """Each message with the members who got it, and how many of them tapped, used its coupon, bought."""
    columns = (
        Column(Words("訊息", "message")),
        Column(Words("收到的人", "members who got it"), "count"),
        Column(Words("看滿的人", "seen for so long"), "count"),
        Column(Words("點按", "tapped"), "share"),
        Column(Words("用了折價券", "used its coupon"), "share"),
        Column(Words("購買", "bought"), "share"),
    )
    rows = tuple(
        (titles.message(each.message), each.sent, each.tapped.of, share(each.tapped), share(each.redeemed),
         share(each.bought))
        for each in found
    )  # fmt: skip
    note = Words(
        f"收到後 {days} 天內；只算 {days} 天已過、資料已到的人。不管是哪個旅程送的。區間是 95%。",
        f"Within {days} days of it, of those whose {days} days are over and covered; whichever journey sent it."
        " 95 % intervals.",
    )
    return Table("responses", Words("收到之後", "After the message"), columns, rows, note)
