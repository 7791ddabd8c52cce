"""Whether a feed's words can work: source, zones, columns to declared names, its suite; opens no data."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from functools import cache

from journey_engine.language.catalog import EventKind, Policy
from journey_engine.language.checks.declared import zone_problems
from journey_engine.language.checks.names import Names, names_of, unknown
from journey_engine.language.feed import AUTO, COUPON, LOOKS, BringsEvent, Feed, Format, key_properties
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.grammar import parse_event
from journey_engine.language.places import Page, Path, Problem
from journey_engine.language.words import NOTHING, Miswritten, Words

_CONSENTS = ("promotion", "news", "service", "transactional")


def feed_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the feeds of the project."""
    names = names_of(found)
    return [
        *_gate(found),
        *_phones(found),
        *(problem for kept in found.feeds.values() for problem in _feed(found, kept, names)),
    ]


def _suites(found: Gathered) -> set[str]:
    return {path.stem for path in (found.root / "expectations").glob("*.json")}


def _gate(found: Gathered) -> Iterator[Problem]:
    """Whether the suite for audiences is there: without it nothing that goes to many would go."""
    named: str | None = found.policy.value.gate.intents if found.policy is not None else None
    if found.policy is not None and named is not None and named not in _suites(found):
        what = Words(f"找不到驗證規則 expectations/{named}.json。", f"There is no suite expectations/{named}.json.")
        yield found.policy.page.problem(("gate", "intents"), what, unknown("segment", named, _suites(found))[1])


def _phones(found: Gathered) -> Iterator[Problem]:
    """Whether numbers can be read: a country that has some, and one at all if a feed knows members by number."""
    if found.policy is None:
        return
    policy: Policy = found.policy.value
    country = policy.phones.country or policy.calendar.country
    if policy.phones.country is not None and policy.phones.country not in _countries():
        what = Words(f"沒有「{country}」這個國家代碼。", f"There is no country “{country}” with telephone numbers.")
        cure = Words("請寫兩個大寫字母，例如 TW。", "Write two capital letters, for example TW.")
        yield found.policy.page.problem(("phones", "country"), what, cure)
    for kept in found.feeds.values():
        feed: Feed = kept.value
        by_phone = feed.member.by == "phone"
        if country is None and (by_phone or (feed.members and "phone" in feed.members.identities)):
            path: Path = ("member", "by") if by_phone else ("members", "identities", "phone")
            what = Words("不知道電話號碼是哪一國的寫法。", "Of which country the telephone numbers are is not said.")
            cure = Words("請在 policy.yaml 寫 phones: {country: TW}。", "Write phones: {country: TW} in policy.yaml.")
            yield kept.page.problem(path, what, cure, key=not by_phone)


@cache
def _countries() -> frozenset[str]:
    from phonenumbers import SUPPORTED_REGIONS

    return frozenset(str(region) for region in SUPPORTED_REGIONS)


def _feed(found: Gathered, kept: Kept, names: Names) -> Iterator[Problem]:
    feed: Feed = kept.value
    page = kept.page
    yield from _source(feed, page)
    yield from format_problems(feed.format, page, ("format",))
    if feed.covers is not None:
        yield from zone_problems(page, ("covers", "zone"), feed.covers.zone)
    suites = _suites(found)
    if feed.suite not in suites:
        what = Words(
            f"找不到驗證規則 expectations/{feed.suite}.json。", f"There is no suite expectations/{feed.suite}.json."
        )
        yield page.problem(("suite",), what, unknown("segment", feed.suite, suites)[1])
    if feed.member.by == COUPON and (feed.member.create or feed.members is not None):
        word = "create" if feed.member.create else "by"
        what = Words(
            "折價券序號認得的會員早就有了，不能由它建立或更新。", "Whoever has a coupon code is a member already."
        )
        cure = Words("請刪掉 create 與 members。", "Leave out create and members.")
        yield page.problem(("member", word), what, cure)
    lost = page.has_lost((), "brings", "members") or page.has_lost(("brings",))
    if not feed.brings and feed.members is None and not lost:
        what = Words("這個資料來源什麼都沒帶來。", "This feed brings nothing.")
        yield page.problem((), what, Words("請加上 brings 或 members。", "Add brings or members."))
    for number, brought in enumerate(feed.brings):
        yield from _event(brought, page, ("brings", number), names)
    if feed.members is not None:
        yield from _members(feed, page, names)
    yield from _gone(feed, page, names)


def _gone(feed: Feed, page: Page, names: Names) -> Iterator[Problem]:
    """What is said of who is missing and of what was deleted."""
    if feed.mode == "snapshot" and feed.members is None and not page.has_lost((), "members"):
        what = Words("會員名單（snapshot）要寫 members。", "A snapshot is a list of members, and there is no members.")
        yield page.problem(("mode",), what, Words("請加上 members，或拿掉 mode。", "Add members, or leave out mode."))
    if feed.mode == "delta":
        for word in {"missing", "missing_at_most"} & feed.model_fields_set:
            what = Words(f"只有 mode: snapshot 才有 {word}。", f"{word} goes with mode: snapshot.")
            yield page.problem((word,), what, key=True)
    if feed.missing.event is not None and names.schema is not None and feed.missing.event not in names.schema.events:
        yield page.problem(("missing",), *unknown("event", feed.missing.event, names.schema.events))
    if feed.deleted is None:
        return
    if feed.mode == "snapshot":
        what = Words("snapshot 不用 deleted：不在名單上就是沒有了。", "Who is deleted is not in a snapshot.")
        yield page.problem(("deleted",), what, Words("請拿掉其中一個。", "Leave out one of them."), key=True)
    yield from _where(feed.deleted, page, ("deleted",))
    for number, brought in enumerate(feed.brings):
        kind = names.schema.events.get(brought.event) if names.schema is not None else None
        if kind is not None and key_properties(brought, kind) is None:
            what = Words(
                f"要刪除事件「{brought.event}」，得知道是哪一筆。",
                f"It is not told which “{brought.event}” is deleted.",
            )
            cure = Words(
                "請寫 key，並讓 key 的每個欄位都是事件的 key 或 properties。",
                "Write key, and make each of its columns the event's key or one of its properties.",
            )
            yield page.problem(("brings", number, "event"), what, cure)


def _source(feed: Feed, page: Page) -> Iterator[Problem]:
    source = feed.from_
    if page.has_lost(("from",), "file", "package", "frame", "sql", "database"):
        return
    if sum(each is not None for each in (source.file, source.package, source.sql)) != 1:
        what = Words("from 要剛好有 file、sql、package 其中一個。", "“from” has exactly one of file, sql and package.")
        yield page.problem(("from",), what, key=True)
    elif (source.package is None) != (source.frame is None):
        what = Words("package 和 frame 要一起寫。", "package and frame go together.")
        yield page.problem(("from",), what, key=True)
    elif (source.sql is None) != (source.database is None):
        what = Words("sql 和 database 要一起寫。", "sql and database go together.")
        cure = Words("例如 {sql: select * from orders, database: shop}。", "For example {sql: …, database: shop}.")
        yield page.problem(("from",), what, cure, key=True)
    if source.watermark is not None and source.sql is None:
        what = Words("只有 sql 可以有 watermark。", "Only sql has a watermark.")
        cure = Words("檔案讀過的不會再讀，不必寫。", "A file that was read is not read again.")
        yield page.problem(("from", "watermark"), what, cure, key=True)
    for word, written in (("file", source.file), ("sql", source.sql)):
        if word == "sql" and not (written or "").rstrip().endswith(".sql"):
            continue
        if written is not None and (written.startswith(("/", "~")) or ".." in written.split("/")):
            what = Words("檔案要在專案資料夾裡。", "The file must lie in the project folder.")
            yield page.problem(
                ("from", word), what, Words("例如 data/orders/*.csv。", "For example data/orders/*.csv.")
            )


def format_problems(written: Format, page: Page, path: Path) -> Iterator[Problem]:
    """What is wrong with how a file is said to be written."""
    encoding = written.encoding
    try:
        known = encoding in LOOKS or bool(codecs.lookup(encoding))
    except (LookupError, ValueError):
        known = False
    if not known:
        what = Words(f"沒有「{encoding}」這種編碼。", f"There is no encoding “{encoding}”.")
        cure = Words("請寫 utf-8、cp950 或 auto。", "Write utf-8, cp950 or auto.")
        yield page.problem((*path, "encoding"), what, cure)
    delimiter = written.delimiter
    if len(delimiter) != 1 and delimiter not in ("tab", AUTO):
        what = Words("分隔符號是一個字元、tab 或 auto。", "A delimiter is one character, tab or auto.")
        yield page.problem((*path, "delimiter"), what)


def _event(brought: BringsEvent, page: Page, path: Path, names: Names) -> Iterator[Problem]:
    yield from zone_problems(page, (*path, "at", "zone"), brought.at.zone)
    if brought.where is not None:
        yield from _where(brought.where, page, (*path, "where"))
    value = brought.value or ""
    if (brought.one_per is not None) != value.startswith("sum of ") and brought.value is not None:
        yield page.problem((*path, "value"), *_SUM)
    if names.schema is None or names.events is None:
        return
    if brought.event == "redeem":
        yield from _redeem(brought, page, path)
        return
    if brought.event not in names.schema.events:
        if brought.event not in names.events or names.properties_of(brought.event) is not None:
            known = set(names.schema.events)
            yield page.problem((*path, "event"), *unknown("event", brought.event, known))
        return
    yield from _properties(brought, names.schema.events[brought.event], page, path)


def _properties(brought: BringsEvent, kind: EventKind, page: Page, path: Path) -> Iterator[Problem]:
    known = {*kind.properties, *({kind.key} if kind.key else ())}
    for name in brought.properties:
        if name not in known:
            what = Words(
                f"事件「{brought.event}」沒有屬性「{name}」。", f"Event “{brought.event}” has no property “{name}”."
            )
            cure = unknown("property", name, known)[1]
            yield page.problem((*path, "properties", name), what, cure, key=True)
    if brought.value is not None and kind.value is None:
        what = Words(f"事件「{brought.event}」沒有宣告 value。", f"Event “{brought.event}” declares no value.")
        yield page.problem((*path, "value"), what, Words("請在 schema.yaml 加上。", "Add it in schema.yaml."), key=True)


def _redeem(brought: BringsEvent, page: Page, path: Path) -> Iterator[Problem]:
    """A redemption has a code, and perhaps an amount; whose it is the code says."""
    for name in brought.properties:
        if name != "code":
            what = Words(f"事件「redeem」沒有屬性「{name}」。", f"Event “redeem” has no property “{name}”.")
            yield page.problem((*path, "properties", name), what, key=True)
    if "code" not in brought.properties and not page.has_lost((*path, "properties"), "code"):
        what = Words("用掉折價券要說是哪一組序號。", "A redemption says which code was used.")
        cure = Words("請加上 properties: {code: 欄位}。", "Add properties: {code: COLUMN}.")
        yield page.problem((*path, "event"), what, cure)


def _where(where: str, page: Page, path: Path) -> Iterator[Problem]:
    """The test of rows, read as `ROW where …`; columns need names of the language (`format.columns` gives them)."""
    prefix = "row where "
    try:
        parse_event(prefix + where)
    except Miswritten as error:
        column = None if error.column is None else max(error.column - len(prefix), 0)
        yield page.problem(path, error.what, error.write, column=column)


def _members(feed: Feed, page: Page, names: Names) -> Iterator[Problem]:
    members = feed.members
    assert members is not None
    if members.zone is not None and not page.has_lost(("members",), "zone") and "/" in members.zone:
        yield from zone_problems(page, ("members", "zone"), members.zone)
    for name in members.attributes:
        if names.attributes is not None and name not in names.attributes:
            yield page.problem(("members", "attributes", name), *unknown("attribute", name, names.attributes), key=True)
    for topic in members.consents:
        if topic not in _CONSENTS:
            what = Words(f"同意的主題沒有「{topic}」。", f"There is no topic “{topic}” to consent to.")
            cure = Words(f"可以寫：{'、'.join(_CONSENTS)}。", f"It can be: {', '.join(_CONSENTS)}.")
            yield page.problem(("members", "consents", topic), what, cure, key=True)


_SUM = (
    Words(
        "有 one_per 時 value 要寫 sum of 欄位；沒有時只寫欄位。",
        "With one_per write “sum of COLUMN”, else a column.",
    ),
    NOTHING,
)
