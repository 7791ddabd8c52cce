"""Whether a page was asked for by a person who tapped: by what the request says of itself; it stores nothing.

LINE's own browser calls itself `… Line/15.1.0 …` and is a person; LINE's preview of a link is `line-poker` (it comes as
`facebookexternalhit/1.1;line-poker/1.0`), older ones `LineSpider` and `Line-Crawler`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Previews of messengers and social networks, search engines, scanners of mail, and programs that fetch, by the names
# they give themselves; LINE documents none of its own, and these are as sites see them. Cubot makes phones.
_NOBODY = re.compile(
    r"(?<!cu)bot\b|crawl|spider|preview|scrap|facebookexternalhit|facebookcatalog|meta-externalagent|line-poker|yeti/|"
    r"whatsapp/|embedly|pinterest/|vkshare|slack-imgproxy|google-read-aloud|googleother|google-safety|feedfetcher|"
    r"barracuda|mimecast|proofpoint|safelinks|urlscan|headless|lighthouse|^curl/|^wget/|python-|^java/|go-http-client|"
    r"libwww|httpclient|^axios/|node-fetch|^undici|^ruby|^php/|monitor|uptime",
    re.IGNORECASE,
)
# Sec-Purpose: Fetch metadata (prefetch, prefetch;prerender); Purpose: older Chrome; X-Moz: older Firefox; X-Purpose:
# Safari's top sites.
_AHEAD = ("sec-purpose", "purpose", "x-moz", "x-purpose")
_PAGES = frozenset({"document", "iframe", "frame"})


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Whether this looks like a tap: a browser gets a page to show it at once. Header names are in small letters."""
    if method != "GET" or _NOBODY.search(headers.get("user-agent", "").strip() or "bot/"):
        return False
    if any(word in headers.get(name, "").lower() for name in _AHEAD for word in ("prefetch", "preview", "prerender")):
        return False
    return headers.get("sec-fetch-dest", "document").lower() in _PAGES  # `empty`, `image`: fetched, not gone to
