"""The preview as a page of its own: whole in one file, silent towards the network, and no message can run in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from journey_engine import cli, clock
from journey_engine.language.words import Words
from journey_engine.previewing.asked import of_files
from journey_engine.previewing.page import bundled, page
from journey_engine.previewing.preview import Note, Preview
from journey_engine.sandbox.beside import Sandbox
from journey_engine.store.tables.people import members
from tests.line.shop import NOON
from tests.sandbox.browser import Browser, narrow, running_browser
from tests.sandbox.forms import FORMS
from tests.sandbox.test_page import needs_browser

__all__ = ["narrow", "running_browser"]
ROOT = Path(__file__).resolve().parents[2]


def shown(**more: Any) -> Preview:
    notes = (Note("blocked", Words("不會送出", "not sent")),)
    given = {"message": "hello", "title": "歡迎", "topic": "service", "messages": list(FORMS.values()), "notes": notes}
    return Preview(**{**given, **more})


@pytest.fixture
def browser(narrow: Browser) -> Iterator[Browser]:
    yield narrow
    assert narrow.complaints == []


def opened(browser: Browser, folder: Path, text: str) -> Browser:
    file = folder / "preview.html"
    file.write_text(text, encoding="utf-8")
    browser.open(file.as_uri())
    return browser


@needs_browser
def test_every_form_is_drawn_by_the_page_alone(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, page([shown()], "歡迎", "zh-TW"))

    assert browser.run("document.querySelectorAll('.bubble, .template, .imagemap, .ticket, .words').length") > 20
    assert browser.run("document.querySelectorAll('.chip').length") == 11
    assert browser.run("document.querySelector('.preview-notes .blocked').textContent") == "不會送出"
    assert browser.run("document.documentElement.scrollWidth") == 390
    assert {url.split(":")[0] for url in browser.fetched} <= {"file", "data", "about"}


@needs_browser
def test_a_tap_in_a_preview_tells_what_it_would_do(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, page([shown()], "歡迎", "zh-TW"))

    browser.run("[...document.querySelectorAll('.chip')].find(c => c.textContent === '我要參加').click()")

    assert browser.run("document.getElementById('toast').textContent") == "好友說：「我要參加」"


@needs_browser
def test_no_words_of_a_message_run_or_end_the_page(browser: Browser, tmp_path: Path) -> None:
    evil = "</script><script>console.error('ran')</script><!-- <img src=x onerror=console.error(1)>"
    said = [{"type": "text", "text": evil}]
    opened(browser, tmp_path, page([shown(title=evil, messages=said, notes=())], evil, "en"))

    assert browser.run("document.querySelector('.words').textContent") == evil
    assert browser.run("document.querySelectorAll('img, main script').length") == 0


@needs_browser
def test_the_phone_page_lists_the_projects_messages(browser: Browser) -> None:
    previews = [shown().as_json("zh-TW"), shown(message="bye", title="再見").as_json("zh-TW")]
    with Sandbox(previews=lambda: previews) as sandbox:
        browser.open(sandbox.url)
        browser.run("document.querySelector('#tabs [data-pane=previews]').click()")
        browser.wait_for("document.querySelectorAll('.preview').length === 2")
        browser.run("document.querySelector('.preview summary').click()")
        browser.wait_for("document.querySelectorAll('.preview .bubble').length > 5")
        browser.run("document.getElementById('preview-search').value = 'bye'")
        browser.run("document.getElementById('preview-search').dispatchEvent(new Event('input'))")

        assert browser.run("[...document.querySelectorAll('.preview strong')].map(n => n.textContent)") == ["再見"]
        browser.run("1")


def test_only_with_leave_may_a_preview_load_pictures() -> None:
    silent, loading = page([shown()], "x", "en"), page([shown()], "x", "en", pictures=True)

    assert "img-src data:;" in silent
    assert "img-src data: https:;" in loading
    assert "unsafe" not in silent


def test_a_bundle_leaves_no_import_and_no_export_behind() -> None:
    script = bundled("showing.js")

    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)
    assert script.count("const from_drawing = ") == 1


def test_every_message_of_the_repository_can_be_previewed() -> None:
    for folder in (ROOT, ROOT / "journeys" / "templates"):
        previews = of_files(folder)
        assert [one["message"] for one in previews if one["messages"] is None] == []
        assert len(previews) > 5


def test_the_command_writes_a_page_and_says_what_it_filled_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out" / "coupon.html"
    code = cli.run(["--project", str(ROOT), "preview", "welcome_coupon", "--with", "name=小美", "--file", str(file)])

    assert code in (0, None)
    assert capsys.readouterr().out.splitlines() == ["name：小美", str(file)]
    assert "小美" in file.read_text(encoding="utf-8")


def test_a_message_that_does_not_exist_is_answered_with_those_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--project", str(ROOT), "preview", "welcome_cupon"]) == 2

    assert "welcome_coupon" in capsys.readouterr().err


def test_the_command_shows_a_member_of_the_database(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.begin() as connection:
        clock.set_to(connection, NOON + timedelta(hours=13))  # day where the grocer is
        member = {"member_key": "mei", "attributes": {"name": "小美"}, "created_at": NOON, "changed_at": NOON}
        connection.execute(insert(members).values(member))
    monkeypatch.setenv("DATABASE_URL", database.url.set(drivername="postgresql").render_as_string(hide_password=False))
    file = tmp_path / "mei.html"
    asked = ["--project", str(ROOT), "preview", "welcome_coupon", "--member", "mei", "--file", str(file)]

    assert cli.run(asked) in (0, None)
    assert capsys.readouterr().out.splitlines() == ["不會送出：不是好友（沒加入或已封鎖）", "name：小美", str(file)]
    assert cli.run([*asked, "--language", "en", "--with", "name=Mei"]) in (0, None)
    assert capsys.readouterr().out.splitlines()[:2] == ["Not sent: not a friend of the account", "name: Mei"]
