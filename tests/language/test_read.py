"""YAML for people: every scalar is text with its place, and each trap has a sentence that says how to write it."""

import random
from pathlib import Path

import pytest

from journey_engine.language import read
from journey_engine.language.places import Listing, Mapping, Place, Scalar, locate, plain
from journey_engine.language.read import read_document, read_documents


def spelt(text: str) -> list[tuple[int, int, str, str]]:
    """Line, column, what was read and what to write, in Chinese."""
    problems = read_document(text.encode(), "journeys/x.yaml")[1]
    return [(p.place.line, p.place.column, p.what.zh, p.write.zh) for p in problems]


def test_every_scalar_stays_what_was_written() -> None:
    written, problems = read_document(
        b"a: 007\nb: 0912345678\nc: 10:00\non: no\nd: +1\ne: ~\nf: 2026-12-05\ng: 1e3\nh: 0x1F\ni: null\n", "x.yaml"
    )

    assert problems == []
    assert written is not None
    assert plain(written) == {
        "a": "007", "b": "0912345678", "c": "10:00", "on": "no", "d": "+1", "e": "~", "f": "2026-12-05", "g": "1e3",
        "h": "0x1F", "i": "null",
    }  # fmt: skip


def test_keys_and_values_know_their_places() -> None:
    written, _ = read_document("a: 1\n家:\n  - {b: 'x'}\n  - |\n    第一行\n".encode(), "x.yaml")

    assert isinstance(written, Mapping)
    assert locate(written, ("a",)) == (Place(1, 1), Scalar("1", Place(1, 4), "1"))
    assert locate(written, ("家", 0, "b")) == (Place(3, 6), Scalar("x", Place(3, 9), "'x'"))
    assert locate(written, ("家", 1))[1] == Scalar("第一行\n", Place(4, 5), "|\n    第一行\n")
    assert isinstance(locate(written, ("家",))[1], Listing)


@pytest.mark.parametrize(
    ("written", "column", "place"),
    [
        ("if: tier = x", 7, (1, 12)),
        ("if: 'tier = x'", 7, (1, 13)),
        ("if: 'name = ''O'' and x'", 15, (1, 23)),
        ('if: "tier = x"', 7, (1, 13)),
        ("if: tier\n  and x", 9, (2, 7)),
        ("if: >-\n  tier\n  and x", 9, (3, 7)),
        ("if: |\n  tier = '金卡'\n  and x", 12, (3, 3)),
    ],
)
def test_a_character_of_a_text_is_found_in_the_file(written: str, column: int, place: tuple[int, int]) -> None:
    root, _ = read_document(written.encode(), "x.yaml")
    assert root is not None
    scalar = locate(root, ("if",))[1]
    assert isinstance(scalar, Scalar)
    assert scalar.at(column) == place


TRAPS = [
    ("title: 第一件 #1 優惠", 1, 12, "「 #」之後的字會被當成註解切掉。", "文字請加引號；如果是註解，# 後面請空一格。"),
    ("text: 優惠 # 1", 1, 10, "「 #」之後的字會被當成註解切掉。", "文案請加引號或寫成 | 區塊；註解請另起一行。"),
    ("text: 第一行\n  第二行", 1, 7, "沒有引號的文案跨了兩行，會被接成一行。", "請寫成 | 區塊。"),
    ("a: 1\ntitle：新好友\nb: 2", 2, 6, "「title」後面是全形冒號「：」。", "請改成半形冒號加一個空白：title: …"),
    ("a:\n\tb: 1", 2, 1, "縮排用了 Tab。", "請改用空白鍵，每層兩格。"),
    ("a: 1\nb: 2\na: 3", 3, 1, "「a」在這一層寫了兩次（第 1 行已經有了）。", "請刪掉一個，或改名。"),
    ("a: 限時: 今天", 1, 6, "沒有引號的文字裡不能有冒號加空白。", '請加引號："…"，或寫成 | 區塊。'),
    ("a:1\nb: 2", 1, 3, "「a:」後面少了空白。", "寫成 a: …"),
    ("a: x\n   b: 1", 2, 5, "這一行縮排太多，或上一行的文字還沒完。",
     "請檢查縮排：同一層的字要對齊，下一層多兩格空白。"),
    ("a: 1\nb", 2, 1, "這一行少了冒號。", "寫成「名稱: 內容」，冒號後空一格。"),
    ("a:\nb: 1", 1, 1, "冒號後面沒有內容。", "請填上內容，或刪掉它。"),
    ("a: {name|朋友}，您好", 1, 5, "大括號裡的這個字後面沒有冒號和內容。",
     '如果這是文案，請把整段加引號："{name|朋友}，您好"。'),
    ("a: [1, 2", 1, 4, "這個括號沒有正確關上。", "各項之間用半形逗號，最後要關上；文字裡有 { [ # : 時請加引號。"),
    ("a: 'x", 1, 4, "引號沒有關上。", "請補上另一個引號。"),
    ("a: 'it's'", 1, 8, "引號或括號關上之後還有文字。", "整段文字請加引號，或寫成 | 區塊。"),
    ('a: "\\d"', 1, 6, "雙引號裡的 \\ 有特別意思。", "請改用單引號，或寫成 \\\\。"),
    ("a: - b", 1, 4, "「- 」不能接在這裡。", "清單的每一項請另起一行。"),
    ("a:\n  - b\n c: 1", 3, 2, "這一行和上面的層次對不起來。", "請檢查縮排：同一層的字要對齊，下一層多兩格空白。"),
    ("a: @x", 1, 4, "這裡不能以「@」開頭。", '請加引號："…"，或寫成 | 區塊。'),
    ("a: *重要*", 1, 4, "這裡的 & * ! 在 YAML 有特別意思。", '請加引號："…"，或寫成 | 區塊。'),
    ("a: !注意", 1, 4, "這裡的 & * ! 在 YAML 有特別意思。", '請加引號："…"，或寫成 | 區塊。'),
    ("a: &x 1", 1, 4, "這裡的 & * ! 在 YAML 有特別意思。", '請加引號："…"，或寫成 | 區塊。'),
    ("? [a]\n: b", 1, 3, "這裡要寫一個名稱。", ""),
    ("a: \x07", 1, 4, "這裡有看不見的控制字元 U+0007。", "請刪掉它。"),
    ('a: "x\\0"', 1, 4, "這裡有看不見的控制字元 U+0000。", "請刪掉它。"),
    ('a: "\\ud83d"', 1, 4, "這裡有半個字元的編碼。", "請直接打出那個字元。"),
    ("[" * 200, 1, 1, "層次太深了。", ""),
    ("", 1, 1, "檔案是空的。", ""),
    ("# 只有註解", 1, 1, "檔案是空的。", ""),
    ("a: 1\n---\nb: 2", 3, 1, "「---」之後又開始了一份。", "一個檔案只寫一份。"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "what", "write"), TRAPS)
def test_each_trap_says_where_it_is_and_how_to_write_it(
    text: str, line: int, column: int, what: str, write: str
) -> None:
    assert spelt(text) == [(line, column, what, write)]


@pytest.mark.parametrize(
    "text",
    [
        "a: 1   # 註解",
        "text: 第一件#1",
        "text: '第一件 #1'",
        "text: |\n  第一件 #1\n  第二行",
        "if: tier = 'a'\n  and tag b",
        "- otherwise:\n  do: x",
        'url: https://example.com/a#b  # 網址',
    ],
)  # fmt: skip
def test_what_is_meant_as_it_stands_is_no_trap(text: str) -> None:
    assert spelt(text) == []


def test_characters_written_as_two_halves_are_joined() -> None:
    written, problems = read_document(b'a: "\\ud83d\\ude00!"', "x.yaml")

    assert problems == []
    assert written is not None
    assert plain(written) == {"a": "😀!"}


def test_a_byte_order_mark_and_windows_lines_are_read() -> None:
    written, problems = read_document(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n  y\r\n", "x.yaml")

    assert problems == []
    assert written is not None
    assert plain(written) == {"a": "1", "b": "x\ny\n"}


def test_a_file_in_big5_is_told_at_its_first_wrong_byte() -> None:
    _, problems = read_document("a: 1\nb: x測試".encode("cp950"), "x.yaml")

    assert [(p.place, p.what.en) for p in problems] == [(Place(2, 5), "This file is not encoded as UTF-8.")]


def test_several_documents_are_read_where_several_may_stand() -> None:
    documents, problems = read_documents(b"---\na: 1\n---\nb: 2\n", "x.yaml")

    assert problems == []
    assert [plain(document) for document in documents] == [{"a": "1"}, {"b": "2"}]


def files_and_pieces() -> list[str]:
    """The project's own files, and each of them with a sign of YAML put somewhere into it."""
    root = Path(__file__).parents[2] / "journeys"
    files = [path.read_text(encoding="utf-8") for path in sorted(root.glob("**/*.yaml"))]
    signs = [
        "\t",
        "\r",
        "\x85",
        "\u2028",
        "\ufeff",
        "*x",
        "&x ",
        "!x ",
        "%",
        ": ",
        "#",
        "- ",
        "{",
        "]",
        '"',
        "'",
        "|",
        ">",
    ]
    drawn = random.Random(20261122)
    pieces: list[str] = []
    for text in files:
        lines = text.split("\n")
        first = drawn.randrange(len(lines))
        piece = "\n".join(lines[first : first + 8])
        at = drawn.randrange(len(piece) + 1)
        pieces += [f"{piece[:at]}{sign}{piece[at:]}" for sign in drawn.sample(signs, 1)]
    return [*files, *pieces]


def test_libyaml_where_it_is_asked_reads_what_the_parser_in_python_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = files_and_pieces()
    swiftly = [read_documents(text.encode(), "x.yaml") for text in texts]
    monkeypatch.setattr(read, "_swift", lambda _file, _text: None)

    assert len(texts) > 150
    assert swiftly == [read_documents(text.encode(), "x.yaml") for text in texts]
