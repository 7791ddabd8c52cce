"""`journeys feed new FILE`: begins a feed, its suite and what the schema lacks from a file; it overwrites nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from journey_engine.commands import FINDINGS, FINE, FromProject


def feed(what: Literal["new"], file: Path, *, name: str | None = None, settings: FromProject) -> int:
    """Look at a file and begin a feed for it: `journeys feed new data/orders.csv`.

    Parameters
    ----------
    what
        new: write journeys/feeds/NAME.yaml, expectations/NAME.json and what schema.yaml lacks.
    file
        A file in the project folder: CSV, Excel, Parquet or JSON lines.
    name
        What the feed is called; else as the file.
    """
    from journey_engine.language.check import check
    from journey_engine.language.words import Words
    from journey_engine.starting.feeding import begin_feed

    assert what == "new"
    begun = begin_feed(settings.project, file, name)
    begun.write()
    checked = check(settings.project)
    files = [path.relative_to(settings.project).as_posix() for path in begun.files]
    schema = begun.schema.relative_to(settings.project).as_posix()
    for path in files:
        print(f"+ {path}")
    for lack in begun.added:
        print(f"+ {schema}: {lack.kind}: {lack.line.strip()}")
    for lack in begun.left:
        said = Words(f"請在 {schema} 的 {lack.kind} 加上：", f"Add to {lack.kind} in {schema}: ").said(checked.language)
        print(f"{said}{lack.line.strip()}")
    called = Path(files[0]).stem
    print(
        Words(
            f"每個猜測旁邊都有註解，請看過 {files[0]}；再試：journeys import {called} --dry-run",
            f"Each guess has a comment: read {files[0]}. Then try: journeys import {called} --dry-run",
        ).said(checked.language)
    )
    for finding in checked.findings:
        if finding.severity == "error" or finding.file in files:
            print(finding)
    return FINDINGS if begun.left or checked.errors else FINE
