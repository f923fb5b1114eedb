"""Each call of the SDK for users."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from threadkeep.tests.routers.native.projectdavid.sdk import ASSISTANT, DEPRECATED, UNKNOWN, refused, signed_up

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = DEPRECATED


def test_a_user_is_created_and_retrieved(admin: Any) -> None:
    email = f"{secrets.token_hex(8)}@example.org"

    made = admin.users.create_user(email=email, full_name="Ada Lovelace", given_name="Ada", family_name="Lovelace")

    assert (made.email, made.full_name, made.oauth_provider, made.email_verified) == (
        email,
        "Ada Lovelace",
        "local",
        False,
    )
    assert admin.users.retrieve_user(made.id) == made
    assert refused(admin.users.create_user, email=email) == 409


def test_several_users_may_have_no_email_address(admin: Any) -> None:
    assert admin.users.create_user().id != admin.users.create_user().id


def test_an_identity_belongs_to_one_user(admin: Any) -> None:
    identity = {"oauth_provider": "github", "provider_user_id": secrets.token_hex(8)}
    admin.users.create_user(**identity)

    assert refused(admin.users.create_user, **identity) == 409


def test_the_thread_client_of_the_sdk_creates_users(admin: Any) -> None:
    assert admin.threads.create_user(name="Ada").id.startswith("user_")


def test_an_update_of_a_user_changes_it(admin: Any, connect: Callable[[str], Any]) -> None:
    ada = signed_up(connect, admin, "Ada")

    updated = ada.users.update_user(ada.id, given_name="Augusta", full_name=None)

    assert (updated.given_name, updated.full_name) == ("Augusta", None)
    assert admin.users.retrieve_user(ada.id) == updated
    assert updated.updated_at > updated.created_at


def test_only_the_user_and_admins_read_and_change_a_user(admin: Any, ada: Any, bob: Any) -> None:
    assert ada.users.retrieve_user(ada.id).full_name == "Ada"
    assert refused(ada.users.retrieve_user, bob.id) == 403
    assert refused(ada.users.update_user, bob.id, full_name="Eve") == 403
    assert refused(ada.users.create_user) == 403
    assert refused(ada.users.delete_user, bob.id) == refused(ada.users.delete_user, ada.id) == 403
    assert refused(admin.users.retrieve_user, UNKNOWN) == refused(admin.users.delete_user, UNKNOWN) == 404
    assert refused(admin.users.update_user, UNKNOWN, full_name="Eve") == 404


def test_the_sdk_gets_the_confirmation_of_an_erased_user(admin: Any, connect: Callable[[str], Any]) -> None:
    ada = signed_up(connect, admin, "Ada")
    thread = ada.threads.create_thread()
    ada.messages.create_message(thread.id, "Hello", ASSISTANT)

    deleted = admin.users.delete_user(ada.id)

    assert deleted.success
    assert deleted.message == f"User {ada.id!r} was erased."
    assert refused(admin.users.retrieve_user, ada.id) == refused(admin.threads.retrieve_thread, thread.id) == 404


def test_assistants_are_not_stored(admin: Any, ada: Any) -> None:
    assert refused(admin.users.list_assistants_by_user, ada.id) == 404
