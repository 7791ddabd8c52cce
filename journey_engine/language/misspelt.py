"""What is wrong with a file that is no YAML, said without YAML's words; opens no files."""

from __future__ import annotations

import re
from dataclasses import dataclass

from journey_engine.language.places import Place
from journey_engine.language.words import NOTHING, Words

FULL_WIDTH_COLON = re.compile(r"\s*(?:- +)?([A-Za-z_][A-Za-z0-9_]*)：")
_NO_SPACE = re.compile(r"\s*(?:- +)?([a-z_][a-z0-9_]*):[^\s/]")
QUOTE = Words('請加引號："…"，或寫成 | 區塊。', 'Put it in quotes: "…", or write it as a | block.')
_INDENT = Words(
    "請檢查縮排：同一層的字要對齊，下一層多兩格空白。",
    "Check the indentation: words of one level stand in one column, the next level two spaces further.",
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the YAML reader said: its words, and the 0-based place of the problem and of what it was reading."""

    problem: str
    line: int
    column: int
    begun_line: int
    begun_column: int


def explain(complaint: Complaint, lines: list[str]) -> tuple[Place, Words, Words]:
    """Place, what was read and what to write, for a file that the YAML reader could not read to its end."""
    number = min(complaint.line, max(len(lines) - 1, 0))
    line = lines[number] if lines else ""
    here = Place(complaint.line + 1, complaint.column + 1)
    begun = Place(complaint.begun_line + 1, complaint.begun_column + 1)
    for nearby in (number, number - 1):
        if 0 <= nearby < len(lines) and (found := FULL_WIDTH_COLON.match(lines[nearby])):
            return Place(nearby + 1, found.end()), *full_width_colon(found[1])
    if tab := re.match(r" *\t", line):
        return Place(number + 1, tab.end()), *_TAB
    return _by_words(complaint, line, lines, here, begun)


_TAB = (
    Words("縮排用了 Tab。", "The line is indented with a tab."),
    Words("請改用空白鍵，每層兩格。", "Use spaces, two for each level."),
)


def full_width_colon(key: str) -> tuple[Words, Words]:
    """The sentence for `key：value`."""
    return (
        Words(f"「{key}」後面是全形冒號「：」。", f"After “{key}” stands a full-width colon “：”."),
        Words(f"請改成半形冒號加一個空白：{key}: …", f"Write a half-width colon and a space: {key}: …"),
    )


def _by_words(
    complaint: Complaint, line: str, lines: list[str], here: Place, begun: Place
) -> tuple[Place, Words, Words]:
    problem = complaint.problem
    if complaint.begun_line < len(lines) and lines[complaint.begun_line][complaint.begun_column :][:1] in (
        "!",
        "*",
        "&",
    ):
        return begun, *SPECIAL
    if start := re.match(r"found character (?:'|\")?(.+?)(?:'|\")? that cannot start", problem):
        sign = start[1].replace("\\t", "Tab")
        return here, Words(f"這裡不能以「{sign}」開頭。", f"Nothing can begin with “{sign}” here."), QUOTE
    if problem.startswith("mapping values"):
        return _colon(complaint, line, lines, here)
    if "unexpected end of stream" in problem or "document separator" in problem:
        return begun, Words("引號沒有關上。", "This quote is never closed."), Words("請補上另一個引號。", "Close it.")
    if "expected ','" in problem:
        return begun, *_BRACKET
    if "expected ':'" in problem:
        what = Words("這一行少了冒號。", "This line has no colon.")
        return (
            begun,
            what,
            Words("寫成「名稱: 內容」，冒號後空一格。", "Write “name: value”, with a space after the colon."),
        )
    if "escape" in problem:
        what = Words("雙引號裡的 \\ 有特別意思。", "Within double quotes \\ has a meaning of its own.")
        return here, what, Words("請改用單引號，或寫成 \\\\。", "Use single quotes, or write \\\\.")
    if problem.startswith("sequence entries"):
        what = Words("「- 」不能接在這裡。", "“- ” cannot stand here.")
        return here, what, Words("清單的每一項請另起一行。", "Begin each item of a list on a line of its own.")
    if "<block end>" in problem and "<scalar>" in problem:
        what = Words("引號或括號關上之後還有文字。", "Text goes on after a closing quote or bracket.")
        return here, what, Words("整段文字請加引號，或寫成 | 區塊。", "Quote the whole text, or write it as a | block.")
    return here, Words("這一行和上面的層次對不起來。", "This line does not fit the level of the lines above."), _INDENT


_BRACKET = (
    Words("這個括號沒有正確關上。", "This bracket is not closed properly."),
    Words(
        "各項之間用半形逗號，最後要關上；文字裡有 { [ # : 時請加引號。",
        "Put half-width commas between the items and close it; quote texts that contain { [ # or :.",
    ),
)


def _colon(complaint: Complaint, line: str, lines: list[str], here: Place) -> tuple[Place, Words, Words]:
    """A colon where none can be: inside an unquoted text, or on a line pushed in too far, or after `key:value`."""
    number = complaint.line
    for nearby in (number, number - 1):
        if 0 <= nearby < len(lines) and (glued := _NO_SPACE.match(lines[nearby])):
            what = Words(f"「{glued[1]}:」後面少了空白。", f"A space is missing after “{glued[1]}:”.")
            cure = Words(f"寫成 {glued[1]}: …", f"Write {glued[1]}: …")
            return Place(nearby + 1, glued.end()), what, cure
    if re.match(r"\s*(?:- +)?[^\s:]+: +\S", line[: complaint.column]):
        return (
            here,
            Words("沒有引號的文字裡不能有冒號加空白。", "An unquoted text cannot contain a colon and a space."),
            QUOTE,
        )
    return here, Words("這一行縮排太多，或上一行的文字還沒完。", "This line is pushed in too far."), _INDENT


def unprintable(code: int) -> tuple[Words, Words]:
    """The sentence for an invisible control character."""
    return (
        Words(f"這裡有看不見的控制字元 U+{code:04X}。", f"Here stands an invisible control character, U+{code:04X}."),
        Words("請刪掉它。", "Delete it."),
    )


CUT = (
    Words("「 #」之後的字會被當成註解切掉。", "What follows “ #” is cut off as a comment."),
    Words(
        "文字請加引號；如果是註解，# 後面請空一格。",
        "Quote the text; if it is a comment, put a space after #.",
    ),
)
CUT_COPY = (
    CUT[0],
    Words("文案請加引號或寫成 | 區塊；註解請另起一行。", "Quote the text; a comment stands on a line of its own."),
)
FOLDED = (
    Words("沒有引號的文案跨了兩行，會被接成一行。", "An unquoted text over several lines becomes a single line."),
    Words("請寫成 | 區塊。", "Write it as a | block."),
)
EMPTY = (
    Words("冒號後面沒有內容。", "Nothing stands after the colon."),
    Words("請填上內容，或刪掉它。", "Write something, or delete it."),
)
BRACED = (
    Words("大括號裡的這個字後面沒有冒號和內容。", "In these braces no colon and value follow this word."),
    Words(
        '如果這是文案，請把整段加引號："{name|朋友}，您好"。', 'If it is copy, quote all of it: "Hello {name|friend}".'
    ),
)
SPECIAL = (Words("這裡的 & * ! 在 YAML 有特別意思。", "A leading & * or ! has a meaning of its own here."), QUOTE)
COMPLEX_KEY = (Words("這裡要寫一個名稱。", "A name must stand here."), NOTHING)
HALF = (
    Words("這裡有半個字元的編碼。", "Here stands half of a character."),
    Words("請直接打出那個字元。", "Type the character itself."),
)
TOO_DEEP = (Words("層次太深了。", "This is nested far too deeply."), NOTHING)
NOT_UTF8 = (
    Words("這個檔案不是 UTF-8 編碼。", "This file is not encoded as UTF-8."),
    Words("請用編輯器「另存新檔」，編碼選 UTF-8。", "Save it from your editor with the encoding UTF-8."),
)
NOTHING_THERE = (Words("檔案是空的。", "The file is empty."), NOTHING)
SECOND_DOCUMENT = (
    Words("「---」之後又開始了一份。", "After “---” a second definition begins."),
    Words("一個檔案只寫一份。", "Write one definition a file."),
)


def twice(key: str, first: Place) -> tuple[Words, Words]:
    """The sentence for a key that already stood in the same block, on line `first`."""
    return (
        Words(
            f"「{key}」在這一層寫了兩次（第 {first.line} 行已經有了）。",
            f"“{key}” stands twice; first on line {first.line}.",
        ),
        Words("請刪掉一個，或改名。", "Delete one of them or rename it."),
    )
