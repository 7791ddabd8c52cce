"""Whether a pool can be filled with codes that nobody guesses, and expires sensibly; it opens no file of codes."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.checks.feeds import format_problems
from journey_engine.language.coupon import LONGEST, SIGNS, CodeFile, Coupon, Made
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.places import Page, Problem
from journey_engine.language.words import Words

# Of a thousand codes somebody makes up, at most one is a real one.
_GUESSES = 1_000


def coupon_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the coupon pools of the project."""
    return [problem for kept in found.coupons.values() for problem in _coupon(kept)]


def _coupon(kept: Kept) -> Iterator[Problem]:
    coupon: Coupon = kept.value
    page = kept.page
    if (coupon.codes is None) == (coupon.make is None) and not page.has_lost((), "codes", "make"):
        yield page.problem((), *_ONE_SOURCE)
    if coupon.codes is not None:
        yield from _file(coupon.codes, page)
    if coupon.make is not None:
        yield from _pattern(coupon.make, page)
        if coupon.low >= coupon.make.count:
            what = Words(
                f"一共只有 {coupon.make.count} 組序號，low 寫 {coupon.low} 會一直警告。",
                f"Of {coupon.make.count} codes, low: {coupon.low} warns from the first day on.",
            )
            yield page.problem(("low",), what, Words("請寫小一點的數字。", "Write a smaller number."))
    length = coupon.expires.after if coupon.expires else None
    if length is not None and length.longest.days > 3660:
        what = Words("這樣的期限超過十年。", "Such a code would last for more than ten years.")
        yield page.problem(
            ("expires",), what, Words("不會過期就不要寫 expires。", "Leave expires out if it never does.")
        )


def _file(codes: CodeFile, page: Page) -> Iterator[Problem]:
    if codes.file.startswith(("/", "~")) or ".." in codes.file.split("/"):
        what = Words("檔案要在專案資料夾裡。", "The file must lie in the project folder.")
        cure = Words("例如 data/coupons/welcome*.csv。", "For example data/coupons/welcome*.csv.")
        yield page.problem(("codes", "file"), what, cure)
    if "{" in codes.file:
        what = Words("這裡的檔名不能有 {day}。", "The name of a file of codes has no {day} in it.")
        yield page.problem(("codes", "file"), what, Words("請用 *。", "Use *."))
    yield from format_problems(codes.format, page, ("codes", "format"))


def _pattern(made: Made, page: Page) -> Iterator[Problem]:
    here = ("make", "pattern")
    odd = next(
        (sign for sign in made.pattern if sign not in SIGNS and (sign.isspace() or not sign.isprintable())), None
    )
    if odd is not None or not made.pattern:
        what = Words("序號裡不能有空白。", "A code has no blanks in it.")
        yield page.problem(here, what, Words("可以用 - 分開。", "Parts can be divided by -."))
    elif len(made.pattern) > LONGEST:
        what = Words(f"序號最多 {LONGEST} 個字元。", f"A code has at most {LONGEST} characters.")
        yield page.problem(here, what)
    elif made.possible < made.count * _GUESSES:
        what = Words(
            f"這個樣式只有 {made.possible:,} 種序號，做 {made.count:,} 組會被猜中。",
            f"Only {made.possible:,} codes fit this pattern, so {made.count:,} of them could be guessed.",
        )
        cure = Words(
            "請多寫幾個 ?，例如 WELCOME-????-????；# 只是數字。",
            "Write more of ?, for example WELCOME-????-????; # is only a digit.",
        )
        yield page.problem(here, what, cure)


_ONE_SOURCE = (
    Words("折價券要剛好有 codes 或 make 其中一個。", "A coupon has exactly one of codes and make."),
    Words(
        '例如 make: {count: 5000, pattern: "WELCOME-????-????"}。',
        'Write for example make: {count: 5000, pattern: "WELCOME-????-????"}.',
    ),
)
