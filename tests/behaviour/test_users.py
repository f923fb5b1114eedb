from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import EmailTaken, IdentityTaken, InvalidInput, UserNotFound
from threadkeep.tests.factories import make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ErrorBoundary

EVERYTHING = {
    "email": "ada@example.org",
    "full_name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "picture_url": "https://example.org/ada.png",
    "email_verified": True,
    "oauth_provider": "example",
    "provider_user_id": "42",
}


async def test_user_needs_nothing(door: ErrorBoundary) -> None:
    user = await door.user_service.create_user()

    assert user.dict() | {"id": "", "created_at": "", "updated_at": ""} == {
        "id": "",
        "name": None,
        **dict.fromkeys(EVERYTHING),
        "email_verified": False,
        "oauth_provider": "local",
        "created_at": "",
        "updated_at": "",
    }
    assert re.fullmatch(r"user_[0-9A-Za-z]{22}", user.id)
    assert user.created_at == user.updated_at
    assert abs(datetime.now(UTC) - datetime.fromisoformat(user.created_at)) < timedelta(minutes=1)


async def test_user_with_everything_reads_the_same_everywhere(door: ErrorBoundary) -> None:
    user = await door.user_service.create_user(**EVERYTHING)  # type: ignore[arg-type]

    assert user.dict().items() >= EVERYTHING.items()
    assert await door.user_service.get_user(user.id) == user
    assert await door.user_service.list_users() == [user]


async def test_name_is_what_the_oldest_clients_call_the_full_name(door: ErrorBoundary) -> None:
    user = await door.user_service.create_user(name="Ada")

    assert (user.name, user.full_name) == ("Ada", "Ada")


async def test_any_number_of_users_without_an_address(door: ErrorBoundary) -> None:
    users = await make_users(door, 3)

    assert {user.email for user in users} == {None}


async def test_address_is_unique(door: ErrorBoundary) -> None:
    await make_user(door, email="ada@example.org")

    with pytest.raises(EmailTaken, match=r"ada@example\.org") as refused:
        await make_user(door, email="ada@example.org")

    assert (refused.value.status, refused.value.facts["email"]) == (409, "ada@example.org")


async def test_address_taken_at_once_is_given_once(door: ErrorBoundary) -> None:
    outcomes = await asyncio.gather(
        *[make_user(door, email="ada@example.org") for _ in range(5)], return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [*["EmailTaken"] * 4, "UserRecord"]


async def test_identity_at_a_provider_is_unique(door: ErrorBoundary) -> None:
    await make_user(door, oauth_provider="example", provider_user_id="42")

    elsewhere = await make_user(door, oauth_provider="other", provider_user_id="42")
    with pytest.raises(IdentityTaken, match="'42' at 'example'") as refused:
        await make_user(door, oauth_provider="example", provider_user_id="42")

    assert (elsewhere.provider_user_id, refused.value.status) == ("42", 409)


async def test_update_changes_what_is_named_and_none_empties(door: ErrorBoundary) -> None:
    user = await door.user_service.create_user(**EVERYTHING)  # type: ignore[arg-type]

    updated = await door.user_service.update_user(user.id, full_name="Augusta", picture_url=None)

    assert updated == user | {
        "full_name": "Augusta",
        "name": "Augusta",
        "picture_url": None,
        "updated_at": updated.updated_at,
    }
    assert updated.updated_at >= user.updated_at
    assert await door.user_service.get_user(user.id) == updated


async def test_update_cannot_take_what_another_has(door: ErrorBoundary) -> None:
    await make_user(door, email="ada@example.org", oauth_provider="example", provider_user_id="1")
    other = await make_user(door, email="bob@example.org", oauth_provider="example", provider_user_id="2")

    with pytest.raises(EmailTaken, match="ada@"):
        await door.user_service.update_user(other.id, email="ada@example.org")
    with pytest.raises(IdentityTaken):
        await door.user_service.update_user(other.id, provider_user_id="1")

    assert await door.user_service.get_user(other.id) == other


async def test_update_may_repeat_what_is_there(door: ErrorBoundary) -> None:
    user = await make_user(door, email="ada@example.org")

    assert (await door.user_service.update_user(user.id, email="ada@example.org")).email == "ada@example.org"


async def test_concurrent_updates_of_different_fields_are_all_kept(door: ErrorBoundary) -> None:
    user = await make_user(door)
    changes = {"email": "a@b.c", "given_name": "A", "family_name": "B", "picture_url": "c"}

    await asyncio.gather(*[door.user_service.update_user(user.id, **{key: value}) for key, value in changes.items()])

    assert (await door.user_service.get_user(user.id)).items() >= changes.items()


async def test_address_that_was_given_up_is_free(door: ErrorBoundary) -> None:
    user = await make_user(door, email="ada@example.org")
    await door.user_service.update_user(user.id, email=None)

    assert (await make_user(door, email="ada@example.org")).email == "ada@example.org"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nonsense"),
        ("email", "a@b@c"),
        ("email", "a b@c.d"),
        ("email", "a" * 320 + "@b.c"),
        ("email", 7),
        ("full_name", "x" * 1025),
        ("full_name", "\ud800"),
        ("email_verified", "perhaps"),
        ("picture_url", "x" * 2049),
    ],
    ids=["no at", "two ats", "blank", "long", "number", "long name", "lone surrogate", "perhaps", "long url"],
)
async def test_field_that_breaks_a_rule_is_named(door: ErrorBoundary, field: str, value: Any) -> None:
    user = await make_user(door)

    with pytest.raises(InvalidInput, match=field):
        await door.user_service.create_user(**{field: value})
    with pytest.raises(InvalidInput, match=field):
        await door.user_service.update_user(user.id, **{field: value})

    assert await door.user_service.list_users() == [user]


async def test_update_with_nothing_or_nonsense_is_refused(door: ErrorBoundary) -> None:
    user = await make_user(door)

    with pytest.raises(InvalidInput, match="nothing to change"):
        await door.user_service.update_user(user.id)
    with pytest.raises(InvalidInput, match="shoe_size"):
        await door.user_service.update_user(user.id, shoe_size=42)


async def test_unknown_user(door: ErrorBoundary) -> None:
    for call in (
        door.user_service.get_user("user_unknown"),
        door.user_service.update_user("user_unknown", full_name="x"),
        door.user_service.delete_user("user_unknown"),
    ):
        with pytest.raises(UserNotFound, match="'user_unknown'") as refused:
            await call
        assert (refused.value.status, refused.value.user_id) == (404, "user_unknown")
