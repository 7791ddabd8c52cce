"""Identities in the one form they are kept in: telephone numbers as E.164, addresses in small letters; stores none.

The same person is written 0912-345-678, +886 912 345 678 and ０９１２３４５６７８; she is +886912345678 to all feeds,
shops and commands.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, Table, Text, func, insert, select, update

from journey_engine.language.catalog import Policy
from journey_engine.language.feed import Feed
from journey_engine.store.tables.people import identities

PHONE, EMAIL = "phone", "email"
_AT_ONCE = 20_000  # different numbers between two statements


def country_of(policy: Policy) -> str | None:
    """Whose habits a number without + follows."""
    return policy.phones.country or policy.calendar.country


def normal(kind: str, value: str, country: str | None) -> str | None:
    """The form in which an identity is kept and looked up; None for what is no telephone number."""
    match kind:
        case "phone":
            return e164(value, country)
        case "email":
            return value.strip().lower()
        case _:
            return value


def e164(written: str, country: str | None) -> str | None:
    """A telephone number as +886912345678; None if the country has no such number.

    A spreadsheet takes the nought from 0912345678: what is a number only with it is read with it.
    """
    import phonenumbers

    for form in (written, f"0{written}"):
        try:
            number = phonenumbers.parse(form, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def identity_columns(feed: Feed, kind: str) -> tuple[str, ...]:
    """The columns of a feed that hold identities of this kind."""
    further = feed.members.identities if feed.members else {}
    named = [feed.member.from_] if feed.member.by == kind else []
    return tuple(dict.fromkeys([*named, *(column for each, column in further.items() if each == kind)]))


def put_in_form(connection: Connection, feed: Feed, table: Table, country: str | None) -> None:
    """Write the identities of a staged batch as they are kept.

    A text that is no telephone number stays as it came, and stands in `refused` of the batch.
    """
    for name in identity_columns(feed, EMAIL):
        column = table.c[name]
        form = func.lower(func.btrim(column))
        connection.execute(update(table).values({name: form}).where(column != form))
    columns = identity_columns(feed, PHONE)
    if not columns:
        return
    refusals = refused(table)
    refusals.create(connection)
    for name in columns:
        _put_phones(connection, table, name, refusals, country)


def refused(table: Table) -> Table:
    """The texts of a staged batch that should be telephone numbers and are none."""
    return Table(f"{table.name}_phones", MetaData(), Column("written", Text), schema=table.schema)


def _put_phones(connection: Connection, table: Table, name: str, refusals: Table, country: str | None) -> None:
    column = table.c[name]
    forms = Table("phone_forms", MetaData(), Column("written", Text), Column("kept", Text), prefixes=["temporary"])
    forms.create(connection)
    # What some member has already is a number in its form.
    known = select(identities.c.value).where(identities.c.kind == PHONE, identities.c.value == column)
    wanted = select(column).where(column.is_not(None), ~known.exists()).distinct()
    found = connection.execute(wanted, execution_options={"stream_results": True, "yield_per": _AT_ONCE})
    for part in found.scalars().partitions():
        read = [(written, e164(written, country)) for written in part]
        for into, rows in (
            (forms, [{"written": written, "kept": kept} for written, kept in read if kept not in (None, written)]),
            (refusals, [{"written": written} for written, kept in read if kept is None]),
        ):
            if rows:
                connection.execute(insert(into), rows)
    connection.execute(update(table).values({name: forms.c.kept}).where(column == forms.c.written))
    forms.drop(connection)
