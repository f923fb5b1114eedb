from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.inputs import email_key

ascii_texts = st.text(st.characters(max_codepoint=127))
letters = st.characters(exclude_categories=["Cs"])


@given(ascii_texts)
def test_the_case_of_ascii_does_not_count(address: str) -> None:
    assert email_key(address) == email_key(address.upper()) == email_key(address.lower()) == address.lower()


@given(st.text(letters))
def test_the_key_of_a_key_is_itself(address: str) -> None:
    assert email_key(email_key(address)) == email_key(address)


@given(st.text(letters))
def test_composed_and_decomposed_letters_are_the_same(address: str) -> None:
    assert email_key(unicodedata.normalize("NFD", address)) == email_key(unicodedata.normalize("NFC", address))


@given(st.text(letters))
def test_a_key_is_not_longer_than_its_address(address: str) -> None:
    assert len(email_key(address)) <= len(unicodedata.normalize("NFC", address))
