"""The tokens of links: what they say comes back, and nothing else opens."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from journey_engine.line.link_tokens import Key, Token, last_day, number_of, seal, unseal

KEY = Key(1, bytes(range(32)))
KEYS = {1: KEY.secret, 2: bytes(32)}
TOKENS = st.builds(
    Token,
    link=st.integers(1, 2**40 - 1),
    intent=st.integers(0, 2**48 - 1),
    day=st.dates(date(1970, 1, 1), date(2149, 6, 6)),
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(TOKENS)
def test_what_was_sealed_is_what_is_opened(token: Token) -> None:
    sealed = seal(token, KEY)

    assert len(sealed) == 36
    assert set(sealed) <= set(LETTERS)
    assert unseal(sealed, KEYS) == token
    assert number_of(sealed) == 1


@given(TOKENS, st.integers(0, 35), st.sampled_from(LETTERS))
def test_no_letter_of_a_token_can_be_another(token: Token, place: int, letter: str) -> None:
    sealed = seal(token, KEY)
    forged = sealed[:place] + letter + sealed[place + 1 :]

    assert unseal(forged, KEYS) == (token if forged == sealed else None)


@given(st.text(max_size=60))
def test_any_text_is_no_token_and_no_error(text: str) -> None:
    assert unseal(text, KEYS) is None
    number_of(text)


def test_a_token_is_what_it_was_and_opens_with_its_own_key_only() -> None:
    token = Token(link=12, intent=34567, day=date(2027, 2, 3))

    assert seal(token, KEY) == "Adw3SDEJnNX_rWMm3r4MmKj2Cjboi-Ysimz8"
    assert unseal(seal(token, KEY), {1: bytes(32)}) is None
    assert unseal(seal(token, KEY), {2: KEY.secret}) is None


def test_neighbours_share_nothing_but_the_number_of_their_key() -> None:
    first, second = (seal(Token(12, intent, date(2027, 2, 3)), KEY) for intent in (1, 2))
    same = sum(a == b for a, b in zip(first[2:], second[2:], strict=True))

    assert first[0] == second[0]
    assert same < 8


def test_links_of_a_simulated_past_and_of_no_end_are_sealed_too() -> None:
    past = datetime.fromisoformat("2017-10-30T12:00:00+00:00")

    assert last_day(past, timedelta(days=90)) == date(2018, 1, 28)
    assert last_day(past, timedelta(days=3_099_969)) == date(2149, 6, 6)


def test_a_link_is_good_to_the_end_of_its_last_day() -> None:
    sent = datetime.fromisoformat("2026-03-02T12:00:00+08:00")
    token = Token(1, 1, last_day(sent, timedelta(days=90)))

    assert token.day == date(2026, 5, 31)
    assert not token.expired(datetime.fromisoformat("2026-06-01T07:59:59+08:00"))
    assert token.expired(datetime.fromisoformat("2026-06-01T08:00:00+08:00"))
