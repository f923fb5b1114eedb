from __future__ import annotations

import re
import time
from collections import Counter

from threadkeep.ids import characters_of, clock_characters, new_id, new_ordered_id, random_characters

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_id_names_its_noun_and_has_22_characters() -> None:
    for name in (new_id("thread"), new_id("user"), new_ordered_id("message")):
        assert re.fullmatch(r"(thread|user|message)_[0-9A-Za-z]{22}", name)


def test_ids_do_not_repeat() -> None:
    made = [new_id("thread") for _ in range(2000)] + [new_ordered_id("thread") for _ in range(2000)]

    assert len(set(made)) == 4000


def test_random_characters_have_the_requested_length() -> None:
    assert [len(random_characters(count)) for count in (0, 1, 22, 500)] == [0, 1, 22, 500]


def test_each_character_is_equally_likely() -> None:
    """In 62,000 draws, a fair count differs by at most 6 standard deviations of 31. Bytes modulo 62 would differ by 200."""
    counts = Counter(random_characters(62_000))

    assert sorted(counts) == sorted(ALPHABET)
    assert all(abs(count - 1000) < 190 for count in counts.values())


def test_ordered_ids_sort_by_their_millisecond() -> None:
    moments = [0, 1, 61, 62, 62**2, 10**12, 10**12 + 1, time.time_ns() // 1_000_000, 62**8 - 1]
    written = [clock_characters(moment) for moment in moments]

    assert written == sorted(written)
    assert {len(characters) for characters in written} == {8}
    assert len(set(written)) == len(moments)


def test_ordered_ids_sort_in_the_order_of_their_creation() -> None:
    made = []
    for _ in range(5):
        made.append(new_ordered_id("message"))
        time.sleep(0.0015)

    assert made == sorted(made)


def test_characters_of_a_seed_are_always_the_same() -> None:
    assert characters_of("seed/thread", 22) == characters_of("seed/thread", 22)
    assert characters_of("seed/thread", 22) != characters_of("seed/user", 22)
    assert re.fullmatch(r"[0-9A-Za-z]{14}", characters_of("seed", 14))
