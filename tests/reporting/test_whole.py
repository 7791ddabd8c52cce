"""Whole pages as a browser gets them: drawn, in both languages, on a phone's width, on a desk's and on paper."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from journey_engine.language.words import Language, Words
from journey_engine.reporting import charts
from journey_engine.reporting.contents import Figure, Page, Spread
from journey_engine.reporting.journey_page import journey_page
from journey_engine.reporting.page import html
from journey_engine.reporting.quarter import quarter_page
from tests.reporting.figures import journey_figures, project, quarter_figures
from tests.reporting.test_page import addresses
from tests.sandbox.browser import Browser, narrow, running_browser
from tests.sandbox.test_page import needs_browser

__all__ = ["narrow", "running_browser"]
WHOLE: dict[str, Callable[[Language], Page]] = {
    "journey": lambda language: journey_page(journey_figures(), project(), language),
    "quarter": lambda language: quarter_page(quarter_figures(), project(), language),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, Language], Path]:
    """Each page in each language, drawn once."""
    folder = tmp_path_factory.mktemp("pages")
    files: dict[tuple[str, Language], Path] = {}
    for name, make in WHOLE.items():
        for language in ("zh-TW", "en"):
            files[name, language] = folder / f"{name}.{language}.html"
            files[name, language].write_text(html(make(language), language), encoding="utf-8")
    return files


@pytest.fixture
def browser(narrow: Browser) -> Iterator[Browser]:
    """Whatever it complains of (a blocked style, a broken drawing) or fetches elsewhere fails the test."""
    yield narrow
    assert narrow.complaints == []
    assert {url.split(":")[0] for url in narrow.fetched} <= {"file", "data", "about"}


def test_pages_name_no_address_and_style_nothing_in_place(pages: dict[tuple[str, Language], Path]) -> None:
    for file in pages.values():
        written = file.read_text(encoding="utf-8")
        assert addresses(written) == []
        assert " style=" not in written
        ids = re.findall(r'<(?!marker)[a-zA-Z]+[^>]* id="([^"]+)"', written)
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("name", "sections"), [("journey", 9), ("quarter", 16)])
def test_both_languages_say_all_of_it(pages: dict[tuple[str, Language], Path], name: str, sections: int) -> None:
    for language in ("zh-TW", "en"):
        assert pages[name, language].read_text(encoding="utf-8").count("<section ") == sections
    english = re.sub(r"<svg.*?</svg>", "", pages[name, "en"].read_text(encoding="utf-8"), flags=re.DOTALL)
    # What stays Chinese are names that the brand gave: titles of journeys, stages and segments, reasons of holds.
    assert not re.search(r"達成|進入|訊息|區間", english)


@needs_browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["journey", "quarter"])
def test_a_page_fits_a_phone_and_a_desk(
    pages: dict[tuple[str, Language], Path], browser: Browser, name: str, width: int
) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=False)
    browser.open(pages[name, "zh-TW"].as_uri())

    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("getComputedStyle(document.body).fontFamily").startswith("system-ui")
    assert browser.run("[...document.querySelectorAll('svg.chart text')].some(t => /人次|會員/.test(t.textContent))")


@needs_browser
def test_a_page_prints_within_the_paper(pages: dict[tuple[str, Language], Path], browser: Browser) -> None:
    browser.open(pages["quarter", "zh-TW"].as_uri())
    printed = browser.call("Page.printToPDF", preferCSSPageSize=True)
    browser.call("Emulation.setEmulatedMedia", media="print")
    browser.call("Emulation.setDeviceMetricsOverride", width=695, height=1000, deviceScaleFactor=1, mobile=False)
    wide = browser.run(
        "[...document.querySelectorAll('figure svg, table')].filter(e => e.getBoundingClientRect().right > 696)"
        ".map(e => e.closest('section').id)"
    )
    browser.call("Emulation.setEmulatedMedia", media="")

    assert base64.b64decode(printed["data"]).startswith(b"%PDF")
    assert wide == []


def drawn(figure: Figure) -> str:
    assert figure.svg.startswith("<svg")
    return figure.svg


def test_a_charts_words_stay_words_and_its_axis_says_the_unit() -> None:
    said = drawn(charts.bars([("打招呼", 169.0)], Words("人次", "visits"), "zh-TW", Words("漏斗", "Funnel")))

    assert [word for word in ("打招呼", "169", "人次") if f">{word}</text>" not in said] == []


def test_an_interval_is_drawn_in_points() -> None:
    rows = [("welcome", Spread(0.021, -0.04, 0.08))]
    said = drawn(charts.whiskers(rows, Words("相差", "difference"), "en", Words("", ""), zero=Words("無", "none")))

    assert ">+2.1 points</text>" in said
    assert re.findall(r">([+−][0-9]+)</text>", said)


def test_two_charts_of_one_page_share_no_id() -> None:
    chart = [
        charts.grid([("a", "b", value)], Words("x", "x"), Words("y", "y"), "en", Words("", "")) for value in (0.1, 0.9)
    ]
    ids = [set(re.findall(r'id="([^"]+)"', each.svg)) for each in chart]

    assert ids[0] & ids[1] == set()
