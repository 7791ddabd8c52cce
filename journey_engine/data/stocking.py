"""Fills coupon pools: codes out of files, row by row judged, and codes made at random; it gives none to anybody."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from journey_engine.data import batches, staging
from journey_engine.language.coupon import LONGEST, SIGNS, CodeFile, Coupon, Made
from journey_engine.language.project import Project
from journey_engine.reading import sources
from journey_engine.reading.mistakes import NoSuchFile, SourceError

MADE = "made"
_ALONE = text("select pg_advisory_xact_lock(hashtextextended(:feed, 7402131))")
_AT_ONCE = 20_000  # codes made between two statements
# A file is another one's, or broken, if more than this share of its rows can be no codes of this pool.
_BAD = 0.1

# Each row's code and what is against it. `place`: which of the rows of this code it is.
_JUDGE = """
create temp table judged on commit drop as
with read as (select {row} as row, btrim({column}) as code from staging.batch_{batch}),
placed as (select row, code, row_number() over (partition by upper(code) order by row) as place,
                  min(row) over (partition by upper(code)) as first from read)
select p.row, p.code, c.pool is not null as already, case
    when coalesce(p.code, '') = '' then 'there is no code'
    when length(p.code) > {longest} then 'longer than {longest} characters'
    when p.code ~ '[[:space:][:cntrl:]]' then 'a code has no blanks in it'
    when p.place > 1 then 'the same code as in row ' || p.first
    when c.pool <> :pool then 'a code of ' || c.pool end as reason
from placed p left join coupon_codes c on upper(c.code) = upper(p.code)
"""
_REFUSE = text("""
insert into quarantine (batch_id, feed, row_number, content, reasons)
select :batch, :feed, row, jsonb_build_object('code', code), array[reason] from judged where reason is not null
order by row
""")
_ADD = text("""
insert into coupon_codes (pool, code, batch_id)
select :pool, code, :batch from judged where reason is null and not already order by row
on conflict do nothing
""")
_MAKE = text("""
insert into coupon_codes (pool, code, batch_id)
select :pool, code, :batch from unnest(cast(:codes as text[])) with ordinality as made (code, place) order by place
on conflict do nothing
""")
_MADE_SO_FAR = text("""
select coalesce(sum(landed), 0) from batches where feed = :feed and source = :made and status = 'landed'
""")


class NotTheseCodes(SourceError):
    """So many rows of a file cannot be codes of the pool that it is not a file for this pool, or a broken one."""

    def __init__(self, bad: int, read: int, first: str, where: str) -> None:
        super().__init__(
            f"{bad:,} of {read:,} rows cannot be codes of this pool ({first}); none of them was taken.",
            "Take the file away, or bring it as it should be.",
            where,
        )


@dataclass(frozen=True, slots=True)
class Stocked:
    """What one file, or the making of codes, brought a pool: read = added + already + refused."""

    pool: str
    source: str
    read: int = 0
    added: int = 0
    already: int = 0
    refused: tuple[tuple[int, str], ...] = ()  # row of the file (1: the first after the header) and why
    error: str = ""

    def __str__(self) -> str:
        if self.error:
            return f"{self.pool}: {self.error}"
        counts = (
            f"{self.read:,} read, {self.added:,} new, {self.already:,} already there, {len(self.refused):,} refused"
        )
        why = "".join(f"\n  {self.source}, row {row}: {reason}" for row, reason in self.refused[:10])
        more = f"\n  and {len(self.refused) - 10:,} more rows" if len(self.refused) > 10 else ""
        return f"{self.pool}: {self.source}: {counts}{why}{more}"


def fill(engine: Engine, project: Project, folder: Path, now: datetime, pool: str | None = None) -> list[Stocked]:
    """Bring every pool (or one) what its files hold that it has not, or as many made codes as it lacks.

    `folder` is the project's; `now` the business instant. Each file lands whole or not at all; one that cannot be read
    is told and stops no other. Safe to repeat: the same file again brings nothing. What brings nothing is not told.
    """
    told: list[Stocked] = []
    for name, coupon in sorted(project.coupons.items()):
        if pool in (None, name):
            told += _of_files(engine, coupon, coupon.codes, folder, now) if coupon.codes else []
            told += [_made(engine, coupon, coupon.make, now)] if coupon.make else []
    return [each for each in told if each.read or each.error]


def feed_of(pool: str) -> str:
    """What the book of batches calls the pool's deliveries."""
    return f"coupon:{pool}"


# ---- files --------------------------------------------------------------------------------------------------------
def _of_files(engine: Engine, coupon: Coupon, codes: CodeFile, folder: Path, now: datetime) -> Iterator[Stocked]:
    found = sources.matching(folder, codes.file)
    if not found:
        yield Stocked(coupon.coupon, codes.file, error=str(NoSuchFile(feed_of(coupon.coupon), codes.file)))
    for path in found:
        try:
            yield _of_file(engine, coupon, codes, path, now)
        except SourceError as error:
            yield Stocked(coupon.coupon, path.name, error=str(error))


def _of_file(engine: Engine, coupon: Coupon, codes: CodeFile, path: Path, now: datetime) -> Stocked:
    feed = feed_of(coupon.coupon)
    reading = sources.of_file(codes.format, codes.sheet, path)
    with engine.begin() as connection:
        connection.execute(_ALONE, {"feed": feed})
        if batches.same(connection, feed, reading.checksum, batches.ANY_DAY) is not None:
            return Stocked(coupon.coupon, reading.source)
        columns = staging.column_names(codes.format, reading, {codes.column: f"the coupon {coupon.coupon}"})
        batch = batches.begin(connection, feed, reading.source, reading.checksum, None, now)
        read = staging.stage(connection, batch, reading, columns)
        return _land(connection, coupon.coupon, codes.column, batch, read, str(path))


def _land(connection: Connection, pool: str, column: str, batch: int, read: int, where: str) -> Stocked:
    """Judge the staged rows and keep the good ones. Raises NotTheseCodes."""
    quoted = '"' + column.replace('"', '""') + '"'
    judge = _JUDGE.format(row=f'"{staging.ROW}"', column=quoted.replace(":", "\\:"), batch=batch, longest=LONGEST)
    connection.execute(text(judge), {"pool": pool})
    rows = connection.execute(text("select row, reason from judged where reason is not null order by row"))
    refused = tuple((int(row), str(reason)) for row, reason in rows)
    if len(refused) > read * _BAD and len(refused) > 1:
        raise NotTheseCodes(len(refused), read, f"row {refused[0][0]}: {refused[0][1]}", where)
    source = batches.one(connection, batch).source
    connection.execute(_REFUSE, {"batch": batch, "feed": feed_of(pool)})
    added = connection.execute(_ADD, {"pool": pool, "batch": batch}).rowcount
    connection.execute(text("drop table judged"))
    staging.drop(connection, batch)
    already = read - added - len(refused)
    _close(connection, batch, read, added, already, len(refused))
    return Stocked(pool, source, read, added, already, refused)


def _close(connection: Connection, batch: int, read: int, added: int, already: int, refused: int) -> None:
    batches.change(
        connection, batch, status="landed", read=read, landed=added, already=already, quarantined=refused,
        counts={"codes": added},
    )  # fmt: skip


# ---- made codes ---------------------------------------------------------------------------------------------------
def _made(engine: Engine, coupon: Coupon, made: Made, now: datetime) -> Stocked:
    pool, feed = coupon.coupon, feed_of(coupon.coupon)
    with engine.begin() as connection:
        connection.execute(_ALONE, {"feed": feed})
        missing = made.count - int(connection.execute(_MADE_SO_FAR, {"feed": feed, "made": MADE}).scalar_one())
        if missing <= 0:
            return Stocked(pool, MADE)
        batch, left = batches.begin(connection, feed, MADE, "", None, now), missing
        while left:
            codes = invented(made.pattern, min(left, _AT_ONCE))
            left -= connection.execute(_MAKE, {"pool": pool, "batch": batch, "codes": codes}).rowcount
        _close(connection, batch, missing, missing, 0, 0)
        return Stocked(pool, MADE, missing, missing)


def invented(pattern: str, count: int) -> Sequence[str]:
    """So many codes of the pattern, out of the operating system's secure random numbers; one may come twice."""
    columns = [_column(SIGNS[sign], count) if sign in SIGNS else sign * count for sign in pattern]
    return ["".join(signs) for signs in zip(*columns, strict=True)]


def _column(signs: str, count: int) -> str:
    """`count` of these signs, each as likely as any other: bytes beyond the last whole round of them are left out."""
    rounds = 256 // len(signs)
    table = bytes(ord(signs[byte % len(signs)]) for byte in range(256))
    beyond = bytes(range(rounds * len(signs), 256))
    found = b""
    while len(found) < count:
        found += secrets.token_bytes(count).translate(table, beyond)
    return found[:count].decode("ascii")
