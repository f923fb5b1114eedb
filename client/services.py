"""The services of both clients, verb by verb; what each says is described once, in the module of its noun."""

from __future__ import annotations

from . import keys, messages, threads, users
from .methods import AsyncClientMethods, ClientMethods, async_each, awaited, each, sent


class RemoteUserService(ClientMethods):
    """Users. All that name one raise `UserNotFound` for a user that is not there."""

    create_user = sent(users.create_user)
    get_user = sent(users.get_user)
    list_users = sent(users.list_users)
    iter_users = each(users.iter_users)
    update_user = sent(users.update_user)
    delete_user = sent(users.delete_user)


class AsyncRemoteUserService(AsyncClientMethods):
    """Users. All that name one raise `UserNotFound` for a user that is not there."""

    create_user = awaited(users.create_user)
    get_user = awaited(users.get_user)
    list_users = awaited(users.list_users)
    iter_users = async_each(users.iter_users)
    update_user = awaited(users.update_user)
    delete_user = awaited(users.delete_user)


class RemoteThreadService(ClientMethods):
    """Threads. All that name one raise `ThreadNotFound` for a thread that is not there."""

    create_thread = sent(threads.create_thread)
    get_thread = sent(threads.get_thread)
    list_threads = sent(threads.list_threads)
    find_threads = sent(threads.find_threads)
    iter_threads = each(threads.iter_threads)
    update_thread = sent(threads.update_thread)
    update_metadata = sent(threads.update_metadata)
    delete_thread = sent(threads.delete_thread)


class AsyncRemoteThreadService(AsyncClientMethods):
    """Threads. All that name one raise `ThreadNotFound` for a thread that is not there."""

    create_thread = awaited(threads.create_thread)
    get_thread = awaited(threads.get_thread)
    list_threads = awaited(threads.list_threads)
    find_threads = awaited(threads.find_threads)
    iter_threads = async_each(threads.iter_threads)
    update_thread = awaited(threads.update_thread)
    update_metadata = awaited(threads.update_metadata)
    delete_thread = awaited(threads.delete_thread)


class RemoteMessageService(ClientMethods):
    """Messages. All that name a thread or a message raise `ThreadNotFound` or `MessageNotFound`."""

    create_message = sent(messages.create_message)
    create_messages = sent(messages.create_messages)
    submit_tool_output = sent(messages.submit_tool_output)
    get_message = sent(messages.get_message)
    list_messages = sent(messages.list_messages)
    iter_messages = each(messages.iter_messages)
    update_message = sent(messages.update_message)
    delete_message = sent(messages.delete_message)
    get_formatted_messages = sent(messages.get_formatted_messages)


class AsyncRemoteMessageService(AsyncClientMethods):
    """Messages. All that name a thread or a message raise `ThreadNotFound` or `MessageNotFound`."""

    create_message = awaited(messages.create_message)
    create_messages = awaited(messages.create_messages)
    submit_tool_output = awaited(messages.submit_tool_output)
    get_message = awaited(messages.get_message)
    list_messages = awaited(messages.list_messages)
    iter_messages = async_each(messages.iter_messages)
    update_message = awaited(messages.update_message)
    delete_message = awaited(messages.delete_message)
    get_formatted_messages = awaited(messages.get_formatted_messages)


class RemoteKeyService(ClientMethods):
    """API keys. The secret of a key is returned once, by `create_key`, and stored nowhere."""

    create_key = sent(keys.create_key)
    list_keys = sent(keys.list_keys)
    get_key = sent(keys.get_key)
    revoke_key = sent(keys.revoke_key)


class AsyncRemoteKeyService(AsyncClientMethods):
    """API keys. The secret of a key is returned once, by `create_key`, and stored nowhere."""

    create_key = awaited(keys.create_key)
    list_keys = awaited(keys.list_keys)
    get_key = awaited(keys.get_key)
    revoke_key = awaited(keys.revoke_key)
