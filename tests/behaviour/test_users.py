from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import EmailTaken, IdentityTaken, InvalidInput, UserNotFound
from threadkeep.tests.factories import make_user, make_users

if TYPE_CHECKING:
    from threadkeep.tests.factories import ServiceProvider

ALL_FIELDS = {
    "external_id": "alice",
    "email": "ada@example.org",
    "full_name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "picture_url": "https://example.org/ada.png",
    "email_verified": True,
    "oauth_provider": "example",
    "provider_user_id": "42",
}


async def test_a_user_has_no_required_field(services: ServiceProvider) -> None:
    user = await services.user_service.create_user()

    assert user.dict() | {"id": "", "created_at": "", "updated_at": ""} == {
        "id": "",
        "name": None,
        **dict.fromkeys(ALL_FIELDS),
        "email_verified": False,
        "oauth_provider": "local",
        "created_at": "",
        "updated_at": "",
    }
    assert re.fullmatch(r"user_[0-9A-Za-z]{22}", user.id)
    assert user.created_at == user.updated_at
    assert abs(datetime.now(UTC) - datetime.fromisoformat(user.created_at)) < timedelta(minutes=1)


async def test_every_read_returns_the_user_that_create_returned(services: ServiceProvider) -> None:
    user = await services.user_service.create_user(**ALL_FIELDS)  # type: ignore[arg-type]

    assert user.dict().items() >= ALL_FIELDS.items()
    assert await services.user_service.get_user(user.id) == user
    assert await services.user_service.list_users() == [user]


async def test_name_is_an_alias_of_full_name(services: ServiceProvider) -> None:
    user = await services.user_service.create_user(name="Ada")

    assert (user.name, user.full_name) == ("Ada", "Ada")


async def test_several_users_without_an_email_are_accepted(services: ServiceProvider) -> None:
    users = await make_users(services, 3)

    assert {user.email for user in users} == {None}


async def test_an_email_is_unique(services: ServiceProvider) -> None:
    await make_user(services, email="ada@example.org")

    with pytest.raises(EmailTaken, match=r"ada@example\.org") as refused:
        await make_user(services, email="ada@example.org")

    assert (refused.value.status, refused.value.facts["email"]) == (409, "ada@example.org")


async def test_concurrent_creations_with_one_email_create_one_user(services: ServiceProvider) -> None:
    outcomes = await asyncio.gather(
        *[make_user(services, email="ada@example.org") for _ in range(5)], return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [*["EmailTaken"] * 4, "UserRecord"]


async def test_identity_at_a_provider_is_unique(services: ServiceProvider) -> None:
    await make_user(services, oauth_provider="example", provider_user_id="42")

    at_another_provider = await make_user(services, oauth_provider="other", provider_user_id="42")
    with pytest.raises(IdentityTaken, match="'42' at 'example'") as refused:
        await make_user(services, oauth_provider="example", provider_user_id="42")

    assert (at_another_provider.provider_user_id, refused.value.status) == ("42", 409)


async def test_update_changes_given_fields_and_none_clears_a_field(services: ServiceProvider) -> None:
    user = await services.user_service.create_user(**ALL_FIELDS)  # type: ignore[arg-type]

    updated = await services.user_service.update_user(user.id, full_name="Augusta", picture_url=None)

    assert updated == user | {
        "full_name": "Augusta",
        "name": "Augusta",
        "picture_url": None,
        "updated_at": updated.updated_at,
    }
    assert updated.updated_at >= user.updated_at
    assert await services.user_service.get_user(user.id) == updated


async def test_update_refuses_the_email_and_the_identity_of_another_user(services: ServiceProvider) -> None:
    await make_user(services, email="ada@example.org", oauth_provider="example", provider_user_id="1")
    other = await make_user(services, email="bob@example.org", oauth_provider="example", provider_user_id="2")

    with pytest.raises(EmailTaken, match="ada@"):
        await services.user_service.update_user(other.id, email="ada@example.org")
    with pytest.raises(IdentityTaken):
        await services.user_service.update_user(other.id, provider_user_id="1")

    assert await services.user_service.get_user(other.id) == other


async def test_update_accepts_the_current_email(services: ServiceProvider) -> None:
    user = await make_user(services, email="ada@example.org")

    assert (await services.user_service.update_user(user.id, email="ada@example.org")).email == "ada@example.org"


async def test_concurrent_updates_of_different_fields_are_all_kept(services: ServiceProvider) -> None:
    user = await make_user(services)
    changes: dict[str, Any] = {"email": "a@b.c", "given_name": "A", "family_name": "B", "picture_url": "c"}

    await asyncio.gather(
        *[services.user_service.update_user(user.id, **{key: value}) for key, value in changes.items()]
    )

    assert (await services.user_service.get_user(user.id)).items() >= changes.items()


async def test_an_email_that_its_user_removed_can_be_used_again(services: ServiceProvider) -> None:
    user = await make_user(services, email="ada@example.org")
    await services.user_service.update_user(user.id, email=None)

    assert (await make_user(services, email="ada@example.org")).email == "ada@example.org"


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
    ids=["no at", "two ats", "blank", "long", "number", "long name", "lone surrogate", "not a boolean", "long url"],
)
async def test_an_invalid_field_is_named_in_the_error(services: ServiceProvider, field: str, value: Any) -> None:
    user = await make_user(services)

    with pytest.raises(InvalidInput, match=field):
        await services.user_service.create_user(**{field: value})
    with pytest.raises(InvalidInput, match=field):
        await services.user_service.update_user(user.id, **{field: value})

    assert await services.user_service.list_users() == [user]


async def test_update_without_fields_or_with_an_unknown_field_is_refused(services: ServiceProvider) -> None:
    user = await make_user(services)

    with pytest.raises(InvalidInput, match="nothing to change"):
        await services.user_service.update_user(user.id)
    with pytest.raises(InvalidInput, match="shoe_size"):
        await services.user_service.update_user(user.id, shoe_size=42)  # type: ignore[call-arg]


async def test_an_unknown_user_raises_user_not_found(services: ServiceProvider) -> None:
    for call in (
        services.user_service.get_user("user_unknown"),
        services.user_service.update_user("user_unknown", full_name="x"),
        services.user_service.delete_user("user_unknown"),
    ):
        with pytest.raises(UserNotFound, match="'user_unknown'") as refused:
            await call
        assert (refused.value.status, refused.value.user_id) == (404, "user_unknown")
