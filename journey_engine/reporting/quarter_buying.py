"""What members of a quarter bought: months, cohorts, RFM, repurchase, worth so far and to come; pure."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.durations import Duration
from journey_engine.language.words import Language, Words
from journey_engine.measures.cohorts import Cohorts
from journey_engine.measures.lifetime import Lifetime, Tested, Value
from journey_engine.measures.repurchase import Repurchase
from journey_engine.measures.rfm import Rfm
from journey_engine.reporting import charts
from journey_engine.reporting.contents import Block, Column, Sentence, Table, Tile, Tiles
from journey_engine.reporting.labels import amount, local, month, priced
from journey_engine.reporting.quarter_figures import QuarterFigures
from journey_engine.reporting.rates import share
from journey_engine.saying.values import length

_MONTHS_TOLD = 13  # a year and the month of the year before


def bought(figures: QuarterFigures, currency: str, language: Language) -> Iterator[Block]:
    """Purchases by month up to the end of the span."""
    months = figures.months[-_MONTHS_TOLD:]
    if not months:
        return
    caption = Words("每月購買次數（商業時區）", "Purchases by month of the business zone")
    bars = [(month(each.month), float(each.bought.purchases)) for each in months]
    yield charts.columns(bars, Words("月份", "month"), Words("購買", "purchases"), language, caption)
    columns = (
        Column(Words("月份", "month")),
        Column(Words("購買", "purchases"), "count"),
        Column(Words("會員", "members"), "count"),
        Column(Words("第一次購買", "first purchases"), "count"),
        Column(priced("金額", "value", currency), "money"),
        Column(Words("資料", "data")),
    )
    whole, part = Words("完整", "whole"), Words("還沒到齊", "not all there")
    rows = tuple(
        (month(each.month), each.bought.purchases, each.bought.buyers, each.bought.new_buyers, each.bought.value,
         whole if each.is_whole else part)
        for each in months
    )  # fmt: skip
    yield Table("months", Words("每月", "By month"), columns, rows)


def retention(found: Cohorts | None, currency: str, language: Language) -> Iterator[Block]:
    """Of each month's first buyers, who bought again so many months later."""
    if found is None or not found.cohorts:
        return
    longest = max(len(each.active) for each in found.cohorts)
    told = found.cohorts[-_MONTHS_TOLD:]
    cells = [
        (
            f"{month(each.month)}　{each.members:,}",
            str(since),
            each.retention[since] if since < len(each.active) else None,
        )
        for each in told
        if each.members
        for since in range(1, min(longest, _MONTHS_TOLD))
    ]
    if any(value is not None for _, _, value in cells):
        across = Words("首購後第幾個月", "months since the first purchase")
        down = Words("首購月份與人數", "month, members")
        caption = Words("留存：又買的會員比率", "Retention: the share that bought again")
        yield charts.grid(cells, across, down, language, caption)
    columns = (
        Column(Words("首購月份", "first purchase")),
        Column(Words("會員", "members"), "count"),
        *(Column(Words(f"第 {since} 月", f"month {since}"), "share") for since in range(longest)),
        Column(priced("每人累計", "spent each", currency), "money"),
    )
    rows = tuple(
        (month(each.month), each.members, *each.retention, *([None] * (longest - len(each.active))),
         each.spent_each[-1] if each.value else None)
        for each in found.cohorts
        if each.members
    )  # fmt: skip
    yield Table("cohorts", Words("各月首購會員", "Cohorts by month of the first purchase"), columns, rows)


def ranked(found: Rfm | None, zone: str, currency: str, language: Language) -> Iterator[Block]:
    """How many members in each cell of recency and frequency, and what they spent."""
    if found is None or not found.cells:
        return
    grid = found.grid()
    cells = [
        (str(r), str(f), float(grid[r, f]) if (r, f) in grid else None) for r in range(5, 0, -1) for f in range(1, 6)
    ]
    as_of, within = local(found.as_of, zone), length(Duration.read(found.within))
    caption = Words(
        f"RFM：{found.members:,} 位會員，{within.zh}，到 {as_of}",
        f"RFM: {found.members:,} members, {within.en}, up to {as_of}",
    )
    across, down = (
        Words("次數 F（5 最多）", "frequency (5: most often)"),
        Words("最近 R（5 最近）", "recency (5: latest)"),
    )
    yield charts.grid(cells, across, down, language, caption, "count")
    columns = (
        Column(Words("最近 R", "recency"), "count"),
        Column(Words("次數 F", "frequency"), "count"),
        Column(Words("金額 M", "money"), "count"),
        Column(Words("會員", "members"), "count"),
        Column(Words("購買", "purchases"), "count"),
        Column(priced("金額", "value", currency), "money"),
    )
    ordered = sorted(found.cells, key=lambda cell: -cell.value)
    rows = tuple((c.recency, c.frequency, c.monetary, c.members, c.purchases, c.value) for c in ordered[:15])
    yield Table("rfm", Words("花最多的 15 格", "The 15 cells that spent most"), columns, rows)


def again(found: Repurchase | None) -> Iterator[Block]:
    """Who bought a second time, and how soon."""
    if found is None or not found.buyers:
        return
    low, high = found.median_interval
    to = Words("還看不出來", "not seen yet") if high is None else Words(f"{high:,.0f}", f"{high:,.0f}")
    span = Words(f"95% 區間 {low or 0:,.0f} 到 {to.zh}", f"95 % interval {low or 0:,.0f} to {to.en}")
    tiles = [
        Tile(Words("買過的會員", "buyers"), found.buyers),
        Tile(Words("買過兩次以上", "bought again"), found.bought_again),
        Tile(Words("到第二次的中位天數", "median days to the second"), found.median_days, "number", span),
    ]
    if found.pause_days is not None:
        quarter, median, three = found.pause_days
        note = Words(f"四分位 {quarter:,.0f} 到 {three:,.0f}", f"quartiles {quarter:,.0f} to {three:,.0f}")
        tiles.append(Tile(Words("兩次之間的天數", "days between two"), median, "number", note))
    yield Tiles(tuple(tiles))
    columns = (
        Column(Words("天數內", "within days"), "count"),
        Column(Words("看得滿的會員", "members seen for so long"), "count"),
        Column(Words("買了第二次", "bought a second time"), "share"),
    )
    rows = tuple((each.days, each.rate.of, share(each.rate)) for each in found.within)
    yield Table("repurchase", Words("首購之後多久回購", "Second purchase within"), columns, rows)


def worth(found: Lifetime | None, zone: str, currency: str, language: Language) -> Iterator[Block]:
    """What members were worth so far and what is projected, with the error of the projection beside it."""
    if found is None:
        return
    everybody, covered = found.everybody, local(found.covered_to, zone)
    yield Sentence(_so_far(everybody, covered, currency))
    if found.model is None:
        yield Sentence(Words("購買還太少，不做預測。", "There are too few purchases to project anything."), "hint")
    if found.tested is not None:
        yield Sentence(_error(found.tested, currency), "hint" if found.tested.mae < found.tested.naive_mae else "alarm")
    columns = (
        Column(Words("首購月份", "first purchase")),
        Column(Words("會員", "members"), "count"),
        Column(priced("每人到目前", "each so far", currency), "money"),
        Column(
            priced(f"每人未來 {found.days} 天", f"each in the next {found.days} days", currency),
            "money",
        ),
        Column(Words("還會再買的比率", "share still buying"), "share"),
    )
    rows = tuple(_of_cohort(each) for each in (everybody, *found.cohorts) if each.members)
    yield Table("lifetime", Words("到目前的價值與預測", "Value so far and projected"), columns, rows)
    shown = [(each.month, each) for each in found.cohorts if each.members and each.month][-_MONTHS_TOLD:]
    if len(shown) > 1:
        so_far, ahead = Words("到目前", "so far"), Words(f"未來 {found.days} 天", f"next {found.days} days")
        series = {so_far.said(language): [(first, float(each.realised) / each.members) for first, each in shown]}
        coming = [(first, each.projected / each.members) for first, each in shown if each.projected is not None]
        if coming:
            series[ahead.said(language)] = coming
        caption = Words("每位會員的價值，依首購月份", "Value of a member by month of the first purchase")
        yield charts.lines(series, priced("每人", "each", currency), language, caption, "money")


def _of_cohort(each: Value) -> tuple[Words | str, int, float, float | None, float | None]:
    return (
        Words("全部", "all") if each.month is None else month(each.month),
        each.members,
        float(each.realised) / each.members,
        None if each.projected is None else each.projected / each.members,
        None if each.still_buying is None else each.still_buying / each.members,
    )


def _so_far(everybody: Value, covered: str, currency: str) -> Words:
    each = float(everybody.realised) / everybody.members if everybody.members else 0.0
    return Words(
        f"到 {covered}，{everybody.members:,} 位買過的會員共 {everybody.purchases:,} 次，"
        f"{amount(everybody.realised, currency)}，每人 {each:,.2f}。",
        f"Up to {covered} {everybody.members:,} buyers made {everybody.purchases:,} purchases worth"
        f" {amount(everybody.realised, currency)}, {each:,.2f} each.",
    )


def _error(tested: Tested, currency: str) -> Words:
    better = tested.mae < tested.naive_mae
    zh = "比「照過去花」準" if better else "沒有比「照過去花」準：請不要拿來做決定"
    en = "better than" if better else "no better than"
    return Words(
        f"驗證：留下最後 {tested.days} 天不看，預測每人 {tested.projected:,.2f}，"
        f"實際 {amount(tested.actual, currency)}；"
        f"平均誤差 {tested.mae:,.2f}，偏差 {tested.bias:+,.2f}，{zh}（{tested.naive_mae:,.2f}）。",
        f"Tested on the last {tested.days} days, held back: {tested.projected:,.2f} a member projected,"
        f" {amount(tested.actual, currency)} came; mean error {tested.mae:,.2f}, bias {tested.bias:+,.2f}, {en}"
        f" spending on as before ({tested.naive_mae:,.2f}).",
    )
