"""Real files as people make them: encodings, quoting, Excel, Parquet, and what is said when one is broken."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from journey_engine.data import staging
from journey_engine.language.feed import Feed
from journey_engine.reading import sources
from journey_engine.reading.mistakes import (
    BrokenFile,
    DuplicateHeader,
    EmptyFile,
    MissingColumn,
    NoSuchHeader,
    NoSuchSheet,
    RaggedRow,
    SourceError,
    UnknownEncoding,
    UnknownFormat,
    WrongDelimiter,
    WrongEncoding,
)
from tests.orders_shop import HEADER

ROW = "1,A,2026-03-10 10:00,5,信義店\n"


def feed(**more: Any) -> Feed:
    written = {"feed": "f", "from": {"file": "x"}, "suite": "s", "member": {"by": "n", "from": "a"}, **more}
    return Feed.model_validate(written)


def staged(database, path: Path, **more: Any) -> list[dict[str, Any]]:
    """The rows of a file as they stand in staging."""
    reading = sources.of_file(feed(**more).format, feed(**more).from_.sheet, path)
    columns = staging.column_names(feed(**more).format, reading, {})
    with database.begin() as connection:
        staging.stage(connection, 1, reading, columns)
        table = staging.table_of(1, columns)
        found = connection.execute(select(table).order_by(table.c[staging.ROW])).mappings().all()
        staging.drop(connection, 1)
    return [{key: value for key, value in row.items() if key != "_row"} for row in found]


SPECTRUM = ["comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "newlines_crlf",
            "quotes_and_newlines", "simple", "simple_crlf", "utf8"]  # fmt: skip


@pytest.mark.parametrize("name", SPECTRUM)
def test_csv_spectrum_is_read_as_its_json_says(database, shared, name):
    folder = shared / "data/bad_input/csv-spectrum"
    wanted = json.loads((folder / "json" / f"{name}.json").read_text(encoding="utf-8"))
    found = staged(database, folder / "csvs" / f"{name}.csv")
    assert [{key: value or "" for key, value in row.items()} for row in found] == wanted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950", "utf-16"])
@pytest.mark.parametrize("declared", ["detect", "itself"])
def test_encodings_of_every_day_are_read(database, tmp_path, encoding, declared):
    path = tmp_path / "a.csv"
    path.write_bytes(("會員,店\n王小明碁,信義店\n" * 1).encode(encoding))
    said = encoding if declared == "itself" else "detect"
    assert staged(database, path, format={"encoding": said}) == [{"會員": "王小明碁", "店": "信義店"}]


def test_a_declared_big5_reads_what_windows_writes(database, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("店,名\n1,碁盤\n".encode("cp950"))
    assert staged(database, path, format={"encoding": "big5"}) == [{"店": "1", "名": "碁盤"}]


def test_a_block_that_ends_inside_a_character_is_read_whole(database, tmp_path):
    path = tmp_path / "a.csv"
    rows = "信義店王小明台北" + "\n"
    path.write_bytes(("名\n" + rows * 40_000).encode("cp950"))
    assert {row["名"] for row in staged(database, path)} == {"信義店王小明台北"}


def test_wrong_encoding_names_the_file_the_line_and_the_cure(database, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n3,\xb0\xa1\n")
    with pytest.raises(WrongEncoding) as told:
        staged(database, path, format={"encoding": "utf-8"})
    assert told.value.where == f"{path}:3"
    assert "cp950" in told.value.cure
    path.write_bytes("a,b\n1,2\n3,é\n".encode("latin-1") + b"\xff\xff\n")
    with pytest.raises(WrongEncoding) as told:
        staged(database, path, format={"encoding": "cp950"})
    assert told.value.where == f"{path}:3"
    path.write_bytes(b"a,b\n1,2\n3,\x81\x8d\xff,\x90\n")
    with pytest.raises(WrongEncoding, match="nor CP950"):
        staged(database, path)
    with pytest.raises(UnknownEncoding, match="klingon"):
        staged(database, path, format={"encoding": "klingon"})


def test_a_nul_byte_is_told_with_its_line(database, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n3,x\x00y\n")
    with pytest.raises(SourceError) as told:
        staged(database, path)
    assert told.value.where == f"{path}:3"


@pytest.mark.parametrize(
    ("row", "detail"), [("3\n", "missing data"), ("3,4,5\n", "extra data"), ('3,"4\n', "unterminated")]
)
def test_a_ragged_row_is_told_with_its_line(database, tmp_path, row, detail):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n" + row)
    with pytest.raises(RaggedRow, match=detail) as told:
        staged(database, path)
    assert told.value.where.startswith(f"{path}:")
    assert int(told.value.where.rsplit(":", 1)[1]) in (3, 4)


def test_empty_files_and_headers_are_told(database, tmp_path):
    path = tmp_path / "a.csv"
    for content, words in (("", "not even a header"), ("\n\n", "not even a header"), ("a,b\n", "no rows")):
        path.write_text(content)
        with pytest.raises(EmptyFile, match=words):
            staged(database, path)
    path.write_text("a,b,a\n1,2,3\n")
    with pytest.raises(DuplicateHeader, match="called a"):
        staged(database, path)
    path.write_text("a,,b,\n1,2,3,4\n")
    assert staged(database, path) == [{"a": "1", "column_2": "2", "b": "3", "column_4": "4"}]
    with pytest.raises(UnknownFormat, match="pdf"):
        sources.of_file(feed().format, None, _pdf(tmp_path))


def _pdf(folder: Path) -> Path:
    path = folder / "a.pdf"
    path.write_text("x")
    return path


def test_a_missing_column_names_what_is_there_and_where_to_say_its_new_name(shop):
    shop.file("a.csv", HEADER.replace("amount", "total") + ROW)
    with pytest.raises(MissingColumn) as told:
        shop.load()
    assert "Missing column amount, which the feed orders names" in told.value.reason
    assert "total" in told.value.reason
    assert told.value.where == f"{shop.folder}/data/a.csv:1"
    assert shop.rows("select status, verdict ->> 'error' is not null from batches") == [("rejected", True)]
    assert shop.covered() is None
    shop.feed["format"] = {"columns": {"amount": ["total"]}}
    assert shop.load().landed == 1


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolon"), ("\t", "tab"), ("|", "pipe")])
def test_a_delimiter_that_nobody_said_is_found_and_told(shop, mark, name):
    shop.file("a.csv", (HEADER + ROW).replace(",", mark))
    report = shop.load()
    assert (report.landed, report.read_as) == (1, f"separator {name}")
    assert f"read as separator {name}" in str(report)


def test_a_delimiter_that_is_said_wrongly_is_told_with_the_likely_one(shop):
    shop.feed["format"] = {"delimiter": ","}
    shop.file("a.csv", (HEADER + ROW).replace(",", ";"))
    with pytest.raises(WrongDelimiter, match='delimiter: ";"'):
        shop.load()


def test_the_header_may_stand_below_a_title(database, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("會員名單\n\na,b\n1,2\n", encoding="utf-8")
    assert staged(database, path, format={"header": 3}) == [{"a": "1", "b": "2"}]
    path = tmp_path / "a.xlsx"
    write_excel(path, [["會員名單", ""], ["", ""], ["a", "b"], ["1", 2]])
    assert staged(database, path, format={"header": 3}) == [{"a": "1", "b": "2"}]
    with pytest.raises(NoSuchHeader, match="row 9, and there are 4 rows"):
        staged(database, path, format={"header": 9})


def test_headers_longer_than_postgres_takes_keep_apart(database, tmp_path):
    path = tmp_path / "a.csv"
    long = "請問您對本次購物的整體滿意程度以及您的建議是什麼"
    path.write_text(f"{long}一,{long}二\n1,2\n", encoding="utf-8")
    assert [list(row.values()) for row in staged(database, path)] == [["1", "2"]]


def test_headers_that_look_like_sql_are_only_names(database, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('"a""; drop table members; --",%(x)s,100%\n1,2,3\n')
    assert list(staged(database, path)[0].values()) == ["1", "2", "3"]


def test_excel_is_read_as_a_person_reads_it(database, tmp_path):
    path = tmp_path / "a.xlsx"
    write_excel(path, [["會員", "電話", "金額", "日期"], ["A", "0912345678", 17850, 12.5], ["B", "", 17850.0, ""]])
    assert staged(database, path) == [
        {"會員": "A", "電話": "0912345678", "金額": "17850", "日期": "12.5"},
        {"會員": "B", "電話": None, "金額": "17850", "日期": None},
    ]
    with pytest.raises(NoSuchSheet, match="There is no sheet 業績; there are Sheet1"):
        staged(database, path, **{"from": {"file": "x", "sheet": "業績"}})
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(BrokenFile, match="Excel"):
        staged(database, path)


def test_parquet_keeps_ids_dates_and_missing_values(database, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    naive = datetime.fromisoformat("2026-03-10 10:00")
    table = pa.table(
        {
            "id": pa.array([17850.0, None], pa.float64()),
            "n": pa.array([7, 2**53 + 1], pa.int64()),
            "price": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "at": pa.array([naive, naive.replace(microsecond=500_000)], pa.timestamp("ns")),
            "zoned": pa.array([naive, None], pa.timestamp("us", "UTC")),
            "day": pa.array([date(2026, 3, 10), None], pa.date32()),
            "text": pa.array(['say "hi", 你好\n', ""], pa.string()),
            "kind": pa.array(["x", None], pa.string()).dictionary_encode(),
            "yes": pa.array([True, None], pa.bool_()),
        }
    )
    pq.write_table(table, path)
    assert staged(database, path) == [
        {"id": "17850", "n": "7", "price": "1.50", "at": "2026-03-10 10:00:00", "zoned": "2026-03-10 10:00:00+00:00",
         "day": "2026-03-10", "text": 'say "hi", 你好\n', "kind": "x", "yes": "true"},
        {"id": None, "n": "9007199254740993", "price": None, "at": "2026-03-10 10:00:00.500000", "zoned": None,
         "day": None, "text": None, "kind": None, "yes": None},
    ]  # fmt: skip


@pytest.mark.parametrize("share", [0.3, 0.99])
def test_a_truncated_parquet_file_is_told_and_nothing_lands(shop, share):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = shop.folder / "data" / "a.parquet"
    pq.write_table(pa.table({"order_id": ["1"] * 9999}), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BrokenFile, match="not a whole Parquet file") as told:
        shop.load()
    assert "fetch it again" in told.value.cure
    assert shop.one("select count(*) from events") == 0


def write_excel(path: Path, rows: list[list[Any]]) -> None:
    """The least .xlsx that Excel opens: strings inline, numbers as numbers."""
    import zipfile
    from xml.sax.saxutils import escape

    def cell(value: Any) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    body = "".join(f"<row>{''.join(cell(v) for v in row)}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
        f'"{kinds}.sheet.main+xml"/><Override PartName="/xl/s.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type='
        f'"{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="Sheet1" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type='
        f'"{rel}/worksheet" Target="s.xml"/></Relationships>',
        "xl/s.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)
