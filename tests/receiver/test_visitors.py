"""Who counts as a person who tapped."""

from __future__ import annotations

import pytest

from journey_engine.receiver.visitors import is_person

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML) Safari Line/15.1.0"
PEOPLE = {
    "LINE on a phone": {"user-agent": PHONE},
    "LINE on Android": {
        "user-agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/125.0 Mobile Line/14.9.1/IAB",
        "sec-fetch-dest": "document",
    },
    "a phone called CUBOT": {
        "user-agent": "Mozilla/5.0 (Linux; Android 14; CUBOT X) Chrome/125.0 Mobile Safari/537.36"
    },
    "a desktop": {"user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/125.0.0.0 Safari/537.36"},
}
NOBODY = {
    "LINE's preview": {"user-agent": "facebookexternalhit/1.1;line-poker/1.0"},
    "LINE's older preview": {"user-agent": "Mozilla/5.0 (compatible; LineSpider/1.0)"},
    "Meta": {"user-agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"},
    "Google": {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
    "Bing's preview": {"user-agent": "Mozilla/5.0 (Windows NT 10.0) BingPreview/1.0b"},
    "Slack": {"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
    "Telegram": {"user-agent": "TelegramBot (like TwitterBot)"},
    "WhatsApp": {"user-agent": "WhatsApp/2.23.20.0 A"},
    "Kakao": {"user-agent": "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/"},
    "a program": {"user-agent": "curl/8.5.0"},
    "a library": {"user-agent": "python-requests/2.32"},
    "somebody who says nothing": {},
    "Chrome, ahead of the tap": {"user-agent": PHONE, "sec-purpose": "prefetch;prerender"},
    "older Chrome, ahead of the tap": {"user-agent": PHONE, "purpose": "prefetch"},
    "older Firefox, ahead of the tap": {"user-agent": PHONE, "x-moz": "prefetch"},
    "Safari's top sites": {"user-agent": PHONE, "x-purpose": "preview"},
    "a script on a page": {"user-agent": PHONE, "sec-fetch-dest": "empty"},
    "an image on a page": {"user-agent": PHONE, "sec-fetch-dest": "image"},
}


@pytest.mark.parametrize("who", PEOPLE)
def test_browsers_are_people(who: str) -> None:
    assert is_person("GET", PEOPLE[who])


@pytest.mark.parametrize("who", NOBODY)
def test_previews_bots_and_prefetching_are_nobody(who: str) -> None:
    assert not is_person("GET", NOBODY[who])


def test_asking_for_the_head_alone_is_no_tap() -> None:
    assert not is_person("HEAD", PEOPLE["a desktop"])
