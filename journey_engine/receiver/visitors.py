"""Whether a page was asked for by a person who tapped: by what the request says of itself; it stores nothing.

LINE's own browser calls itself `… Line/15.1.0 …` and is a person; LINE's preview of a link is `line-poker` (it comes as
`facebookexternalhit/1.1;line-poker/1.0`), older ones `LineSpider` and `Line-Crawler`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

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
_NAME = 400  # letters of a browser's name that are looked at
_PAGES = frozenset({"document", "iframe", "frame"})


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Whether this looks like a tap: a browser gets a page to show it at once. Header names are in small letters."""
    if method != "GET" or _is_nobody(headers.get("user-agent", "")[:_NAME]):
        return False
    purpose = " ".join(headers.get(name, "") for name in _AHEAD).lower()
    if "prefetch" in purpose or "prerender" in purpose or "preview" in purpose:
        return False
    return headers.get("sec-fetch-dest", "document").lower() in _PAGES  # `empty`, `image`: fetched, not gone to


@lru_cache(maxsize=10_000)  # a look takes 0.1 ms, and browsers have few names
def _is_nobody(agent: str) -> bool:
    return not agent.strip() or _NOBODY.search(agent) is not None
