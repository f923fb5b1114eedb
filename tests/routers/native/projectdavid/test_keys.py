"""Each call of the SDK for API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from threadkeep.tests.routers.native.projectdavid.sdk import DEPRECATED, UNKNOWN, refused, signed_up

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = DEPRECATED


def test_the_keys_of_a_user_are_created_listed_and_revoked(admin: Any, connect: Callable[[str], Any]) -> None:
    ada = signed_up(connect, admin, "Ada")
    made = ada.keys.create_key(ada.id, key_name="phone", expires_in_days=30)
    prefix = made.details.prefix
    phone = connect(made.plain_key)

    assert made.plain_key.startswith(prefix)
    assert made.details.expires_at > made.details.created_at
    assert ada.keys.get_key_details(ada.id, prefix) == made.details
    assert phone.users.retrieve_user(ada.id).id == ada.id
    assert {key.key_name for key in ada.keys.list_keys(ada.id)} == {"laptop", "phone"}
    assert ada.keys.revoke_key(ada.id, prefix) is True
    assert {key.key_name for key in ada.keys.list_keys(ada.id)} == {"laptop"}
    assert {key.is_active for key in ada.keys.list_keys(ada.id, include_inactive=True)} == {True, False}
    assert ada.keys.revoke_key(ada.id, "tk_unknown") is False


def test_only_the_user_and_admins_manage_keys_of_the_user(admin: Any, ada: Any, bob: Any) -> None:
    assert refused(ada.keys.list_keys, bob.id) == refused(ada.keys.create_key, bob.id) == 403
    assert refused(ada.keys.create_key_for_user, bob.id) == 403
    assert refused(admin.keys.create_key_for_user, UNKNOWN) == 404
    assert refused(ada.keys.get_key_details, ada.id, "tk_unknown") == 404


def test_every_call_with_an_invalid_key_raises(connect: Callable[[str], Any], ada: Any, thread: Any) -> None:
    stranger = connect("ea_unknown")

    assert refused(stranger.users.retrieve_user, ada.id) == 401
    assert refused(stranger.threads.retrieve_thread, thread.id) == 401
    assert refused(stranger.threads.delete_thread, thread.id) == 401
    assert refused(stranger.messages.list_messages, thread.id) == 401
    assert refused(stranger.keys.list_keys, ada.id) == 401
