"""One HTML file that shows messages as a phone would, scripts and sheets inside it; opened, it asks nobody anything."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path

from journey_engine.language.words import Language, Words
from journey_engine.previewing.preview import Preview
from journey_engine.sandbox.chats import PHONE

_ENTRY = "showing.js"
_SHEETS = ("messages.css", "flex.css", "showing.css")
_IMPORT = re.compile(r'^import \{ ([^}]+) \} from "\./([a-z_]+\.js)";\n', re.M)
_EXPORT = re.compile(r"^export (?=(?:async )?function (\w+)|const (\w+))", re.M)


def page(previews: Sequence[Preview], title: str, language: Language, *, pictures: bool = False) -> str:
    """The page. `pictures` lets it load the messages' own pictures over https; without, nothing leaves the machine."""
    script, sheet = bundled(_ENTRY), "".join((PHONE / name).read_text(encoding="utf-8") for name in _SHEETS)
    # In a script element only `<` could end it early or begin a comment.
    data = json.dumps([one.as_json(language) for one in previews], ensure_ascii=False).replace("<", "\\u003c")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(sheet)}'; "
        f"img-src data:{' https:' if pictures else ''}; base-uri 'none'; form-action 'none'"
    )
    tongue = "zh-Hant-TW" if language == "zh-TW" else "en"
    foot = Words("這是預覽，沒有送給任何人。", "A preview; nothing was sent to anybody.").said(language)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{tongue}" data-pictures="{"on" if pictures else "off"}">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="content-security-policy" content="{html.escape(policy)}">',
            '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">',
            f"<title>{html.escape(title)}</title>",
            f"<style>{sheet}</style></head>",
            f'<body><main id="shown"></main><p class="foot">{html.escape(foot)}</p>',
            f'<script type="application/json" id="previews">{data}</script>',
            f'<script type="module">{script}</script></body></html>',
            "",
        ]
    )


def bundled(entry: str, folder: Path = PHONE) -> str:
    """A script and all that it imports as one module, each inside a function of its own, so that no names meet."""
    done: dict[str, str] = {}
    _add(entry, folder, done)
    return "\n".join(done.values())


def _add(name: str, folder: Path, done: dict[str, str]) -> None:
    if name in done:
        return
    source = (folder / name).read_text(encoding="utf-8")
    for _, needed in _IMPORT.findall(source):
        _add(needed, folder, done)
    body = _IMPORT.sub(lambda found: f"const {{ {found[1]} }} = {_scope(found[2])};\n", source)
    exported = [function or constant for function, constant in _EXPORT.findall(body)]
    body = _EXPORT.sub("", body)
    done[name] = f"const {_scope(name)} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();"


def _scope(name: str) -> str:
    return f"from_{name.removesuffix('.js')}"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
