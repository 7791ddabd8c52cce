"""Addresses and telephone numbers that were stored before imports put them in one form, in that form.

A row whose form somebody has already is left as it is: `journeys merge` makes one person of two, a person decides.
"""

from __future__ import annotations

import sys

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_COUNTRY = """
select coalesce(body -> 'phones' ->> 'country', body -> 'calendar' ->> 'country')
from definitions where kind = 'policy' and replaced_at is null limit 1
"""
_ADDRESSES = """
insert into identity_forms
select kind, value, lower(btrim(value)) from identities where kind = 'email' and value <> lower(btrim(value))
"""
_NUMBERS = "select value from identities where kind = 'phone' and value !~ '^[+][0-9]{7,15}$' order by value"
# Of several that have one form the first gets it; nobody does who would meet a row that has it.
_REWRITE = """
update identities i set value = f.form
from (select distinct on (kind, form) kind, written, form from identity_forms order by kind, form, written collate "C") f
where i.kind = f.kind and i.value = f.written
  and not exists (select from identities o where o.kind = f.kind and o.value = f.form)
"""
_LEFT = """
select count(*) from identity_forms f where exists (select from identities i where (i.kind, i.value) = (f.kind, f.written))
"""
_AT_ONCE = 20_000


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    connection = op.get_bind()
    connection.execute(sa.text("create temp table identity_forms (kind text, written text, form text) on commit drop"))
    connection.execute(sa.text(_ADDRESSES))
    written = list(connection.execute(sa.text(_NUMBERS)).scalars())
    if written:
        country = connection.execute(sa.text(_COUNTRY)).scalar()
        for first in range(0, len(written), _AT_ONCE):
            _note_numbers(connection, written[first : first + _AT_ONCE], country)
    connection.execute(sa.text(_REWRITE))
    left = connection.execute(sa.text(_LEFT)).scalar_one()
    connection.execute(sa.text("drop table identity_forms"))
    if left:
        told = "addresses and telephone numbers are another row's in today's form, and were left: journeys merge"
        print(f"{left:,} {told}", file=sys.stderr)


def _note_numbers(connection: sa.Connection, written: list[str], country: str | None) -> None:
    """What is no telephone number has no form, and stays."""
    forms = [{"written": one, "form": form} for one in written if (form := _form(one, country)) not in (None, one)]
    if forms:
        add = sa.text("insert into identity_forms values ('phone', :written, :form)")
        connection.execute(add, forms)


def _form(written: str, country: str | None) -> str | None:
    import phonenumbers

    for text in (written, f"0{written}"):
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None
