"""What a friend sends besides words: sample contents of each message type, as LINE's webhooks tell them; sends none."""

from __future__ import annotations

from typing import Any

from journey_engine.sandbox.words import quote_token

SHOWN = {
    "image": "傳了一張照片",
    "video": "傳了一段影片",
    "audio": "傳了一段語音",
    "file": "傳了一個檔案",
    "location": "傳了位置：台北車站",
    "sticker": "傳了一張貼圖",
}


def belonging(kind: str, number: str) -> dict[str, Any]:
    """The `message` of a webhook event for one of SHOWN's kinds, with this message id."""
    message: dict[str, Any] = {"type": kind, "id": number}
    held = {"contentProvider": {"type": "line"}}
    match kind:
        case "image":
            return {**message, "quoteToken": quote_token(number), **held}
        case "video":
            return {**message, "quoteToken": quote_token(number), "duration": 12_000, **held}
        case "audio":
            return {**message, "duration": 5_000, **held}
        case "file":
            return {**message, "fileName": "收據.pdf", "fileSize": 20_480}
        case "location":
            place = {
                "title": "台北車站",
                "address": "台北市中正區北平西路 3 號",
                "latitude": 25.0478,
                "longitude": 121.5170,
            }
            return {**message, **place}
        case _:
            sticker = {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC", "keywords": ["謝謝"]}
            return {**message, "quoteToken": quote_token(number), **sticker}
