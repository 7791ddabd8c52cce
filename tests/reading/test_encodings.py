"""Text files as they come: found encodings and separators, cut and mixed ones, JSON lines, and naughty strings."""

from __future__ import annotations

import csv
import json

import pytest

from journey_engine.reading import sources
from journey_engine.reading.mistakes import BrokenLine, CutOff, RaggedRow, SourceError, WrongEncoding
from tests.data.test_staging import feed, staged


def test_text_with_commas_between_semicolons_is_cut_at_the_semicolons(database, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id;price;note\n1;1,5;a, b, c\n2;2,5;d, e\n")
    assert staged(database, path)[0] == {"id": "1", "price": "1,5", "note": "a, b, c"}


NAMES = {
    "cp950": "001,王小明,信義店\n002,陳怡君,板橋遠百\n",
    "gb18030": "001,王小明,徐汇店\n002,陈怡君,朝阳门店\n003,刘洋,深圳南山\n",
    "cp932": "001,田中さくら,渋谷ヒカリエ\n002,佐藤たろう,新宿みなみ口\n",
    "cp949": "001,김민수,강남점\n002,이영희,홍대입구\n",
    "cp1252": "1,José Pérez,façade\n2,Zoë Müller,crème brûlée\n",
}


@pytest.mark.parametrize("encoding", NAMES)
def test_an_encoding_that_nobody_said_is_found_and_told(database, tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(("id,a,b\n" + NAMES[encoding]).encode(encoding))
    reading = sources.of_file(feed().format, None, path)
    assert encoding.upper() in reading.read_as.upper()
    assert staged(database, path)[0]["a"] == NAMES[encoding].split(",")[1]


def test_utf8_with_one_broken_letter_is_not_taken_for_something_else(database, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\n1,王小明\n2,陳怡君\n".encode() + b"3,\xe7\x8e,x\n" + "4,林\n".encode())
    with pytest.raises(WrongEncoding, match="not utf-8") as told:
        staged(database, path)
    assert told.value.where == f"{path}:4"


@pytest.mark.parametrize("encoding", ["utf-8", "cp950", "utf-16"])
def test_a_file_cut_inside_a_character_is_told_with_its_line(database, tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\n1,王小明\n2,陳".encode(encoding)[:-1])
    with pytest.raises(CutOff, match="ends inside a character") as told:
        staged(database, path)
    assert told.value.where == f"{path}:3"


def test_mixed_line_ends_and_empty_lines_are_read_and_later_mistakes_keep_their_line(database, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\r\n1,"x\r\ny"\n\n2,3\r4,5\r\n\r\n')
    assert [tuple(row.values()) for row in staged(database, path)] == [("1", "x\r\ny"), ("2", "3"), ("4", "5")]
    path.write_bytes(b"a,b\r\n1,2\n\n2,3\n4\n")
    with pytest.raises(RaggedRow) as told:
        staged(database, path)
    assert told.value.where == f"{path}:5"


def test_json_lines_are_read_with_their_numbers_as_written_and_nested_values_by_path(database, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id": 12345678901234567890, "who": {"name": "王", "tel": {"home": "02"}}, "price": 1.50}\n\n'
        '{"id": 2, "tags": ["a", {"b": 1}], "vip": true, "price": null, "odd": "\\ud800"}\n',
        encoding="utf-8",
    )
    assert staged(database, path) == [
        {"id": "12345678901234567890", "who.name": "王", "who.tel.home": "02", "price": "1.50", "tags": None,
         "vip": None, "odd": None},
        {"id": "2", "who.name": None, "who.tel.home": None, "price": None, "tags": '["a", {"b": 1}]', "vip": "true",
         "odd": "\ufffd"},
    ]  # fmt: skip
    path.write_text('{"id": 1}\n{"id": }\n')
    with pytest.raises(BrokenLine) as told:
        staged(database, path)
    assert told.value.where == f"{path}:2"


def test_no_file_of_the_json_test_suite_breaks_more_than_itself(shared, tmp_path):
    import tarfile

    path, read, told = tmp_path / "a.jsonl", 0, []
    with tarfile.open(shared / "data/bad_input/JSONTestSuite/JSONTestSuite_tests.tar.gz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is None or not member.name.endswith(".json"):
                continue
            path.write_bytes(content.read())
            try:
                reading = sources.of_file(feed().format, None, path)
                read += sum(len(block) > 0 for block in reading.blocks())
            except SourceError as error:
                told.append(error)
    assert (read, len(told)) == (16, 324)
    assert all(str(path) in error.where for error in told)


def test_every_naughty_string_comes_through_a_file_as_it_was(database, shared, tmp_path):
    strings = json.loads((shared / "data/bad_input/blns/blns.json").read_text(encoding="utf-8"))
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            [["n", "text"], *([str(n), s] for n, s in enumerate(strings))]
        )
    found = {row["n"]: row["text"] or "" for row in staged(database, path)}
    assert found == {str(number): string for number, string in enumerate(strings)}
