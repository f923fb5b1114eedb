"""One e-mail address is one user, in upper and lower case. It is shown as it was sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import EmailTaken
from threadkeep.tests.factories import make_user

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider

SENT = "Ada.L@Example.org"
CASES = ("ada.l@example.org", "ADA.L@EXAMPLE.ORG", "aDA.l@eXAMPLE.org", SENT)


async def test_an_address_is_shown_as_it_was_sent_and_found_in_any_case(services: ServiceProvider) -> None:
    ada = await make_user(services, email=SENT)
    await make_user(services, email="ada.l@example.com")

    assert (await services.user_service.get_user(ada.id)).email == SENT
    for address in CASES:
        assert await services.user_service.list_users(email=address) == [ada]


@pytest.mark.parametrize("address", CASES)
async def test_an_address_in_another_case_is_taken(services: ServiceProvider, address: str) -> None:
    await make_user(services, email=SENT)
    bob = await make_user(services, email="bob@example.org")

    with pytest.raises(EmailTaken) as refused:
        await make_user(services, email=address)
    assert refused.value.facts["email"] == address
    with pytest.raises(EmailTaken):
        await services.user_service.update_user(bob.id, email=address)
    assert await services.user_service.list_users(email="BOB@example.org") == [bob]


async def test_a_user_changes_the_case_of_its_own_address(services: ServiceProvider) -> None:
    ada = await make_user(services, email=SENT)

    changed = await services.user_service.update_user(ada.id, email=SENT.lower())

    assert changed.email == SENT.lower()
    assert await services.user_service.list_users(email=SENT.upper()) == [changed]


async def test_an_address_is_free_after_it_was_changed_emptied_or_erased(services: ServiceProvider) -> None:
    users = services.user_service
    for release in (
        lambda user: users.update_user(user.id, email="other@example.org"),
        lambda user: users.update_user(user.id, email=None),
        lambda user: users.delete_user(user.id),
    ):
        user = await make_user(services, email=SENT)
        await release(user)
        assert await users.list_users(email=SENT.lower()) == []

    successor = await make_user(services, email=SENT.upper())

    assert await users.list_users(email=SENT) == [successor]


async def test_other_changes_of_a_user_keep_the_address(services: ServiceProvider) -> None:
    ada = await make_user(services, email=SENT)

    changed = await services.user_service.update_user(ada.id, full_name="Ada")

    assert await services.user_service.list_users(email=SENT.lower()) == [changed]


async def test_concurrent_creations_with_one_address_in_several_cases_create_one_user(
    services: ServiceProvider,
) -> None:
    outcomes = await asyncio.gather(*[make_user(services, email=address) for address in CASES], return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [*["EmailTaken"] * 3, "UserRecord"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ünal@example.org", "ÜNAL@EXAMPLE.ORG", True),
        ("\u00fcnal@example.org", "U\u0308nal@example.org", True),
        ("\u03bf\u03b4\u03cc\u03c2@example.org", "\u039f\u0394\u038c\u03a3@example.org", True),
        ("stra\u00dfe@example.org", "strasse@example.org", False),
        ("ada.l@example.org", "adal@example.org", False),
        ("ada+x@example.org", "ada@example.org", False),
    ],
    ids=["umlaut", "composed", "final sigma", "sharp s", "dot", "plus"],
)
async def test_letters_of_every_script_have_a_case(services: ServiceProvider, one: str, other: str, same: bool) -> None:  # noqa: FBT001
    first = await make_user(services, email=one)

    if same:
        with pytest.raises(EmailTaken):
            await make_user(services, email=other)
        assert await services.user_service.list_users(email=other) == [first]
    else:
        second = await make_user(services, email=other)
        assert await services.user_service.list_users(email=other.upper()) == [second]
