"""Reports beside Prefect's page: read-only files of one folder, and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tasks.server import AtHome
from tasks.shelf import Shelf


def ask(folder: Path, path: str, method: str = "GET") -> httpx.Response:
    prefect = Starlette(routes=[Route("/runs", lambda _request: PlainTextResponse("prefect"))])

    async def asked() -> httpx.Response:
        wires: Any = httpx.ASGITransport(app=AtHome(Shelf(prefect, folder)))
        async with httpx.AsyncClient(transport=wires, base_url="http://prefect") as client:
            return await client.request(method, path)

    return asyncio.run(asked())


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "quarter-2017q4.html").write_text("<p>季報</p>", encoding="utf-8")
    return folder


def test_a_report_is_served_beside_prefects_own_pages(shelf: Path) -> None:
    shown = ask(shelf, "/reports/quarter-2017q4.html")

    assert (shown.status_code, shown.text) == (200, "<p>季報</p>")
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in shown.headers["content-security-policy"]
    assert ask(shelf, "/runs").text == "prefect"


@pytest.mark.parametrize("path", ["/reports/", "/reports/none.html", "/reports/%2e%2e/secret.txt"])
def test_nothing_else_is_served(shelf: Path, path: str) -> None:
    assert ask(shelf, path).status_code == 404


def test_nothing_can_be_written(shelf: Path) -> None:
    assert ask(shelf, "/reports/quarter-2017q4.html", "PUT").status_code == 405


def test_before_the_first_report_there_is_none(tmp_path: Path) -> None:
    assert ask(tmp_path / "reports", "/reports/quarter-2017q4.html").status_code == 404
