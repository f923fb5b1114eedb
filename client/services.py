"""The services of both clients. The functions of `users`, `threads` and the others build the calls of both."""

from __future__ import annotations

from . import analytics, audit, chunks, imports, keys, messages, model_histories, threads, turns, users
from .methods import (
    AsyncClientMethods,
    ClientMethods,
    async_call_method,
    async_iterator_method,
    call_method,
    iterator_method,
)


class RemoteUserService(ClientMethods):
    """Creates, reads, changes and erases users. All raise `UserNotFound` for an unknown `user_id`."""

    create_user = call_method(users.create_user)
    ensure_user = call_method(users.ensure_user)
    get_user_by_external_id = call_method(users.get_user_by_external_id)
    get_user = call_method(users.get_user)
    list_users = call_method(users.list_users)
    iter_users = iterator_method(users.iter_users)
    update_user = call_method(users.update_user)
    delete_user = call_method(users.delete_user)


class AsyncRemoteUserService(AsyncClientMethods):
    """Creates, reads, changes and erases users. All raise `UserNotFound` for an unknown `user_id`."""

    create_user = async_call_method(users.create_user)
    ensure_user = async_call_method(users.ensure_user)
    get_user_by_external_id = async_call_method(users.get_user_by_external_id)
    get_user = async_call_method(users.get_user)
    list_users = async_call_method(users.list_users)
    iter_users = async_iterator_method(users.iter_users)
    update_user = async_call_method(users.update_user)
    delete_user = async_call_method(users.delete_user)


class RemoteThreadService(ClientMethods):
    """Creates, finds, changes and deletes threads. All raise `ThreadNotFound` for an unknown `thread_id`."""

    create_thread = call_method(threads.create_thread)
    ensure_thread = call_method(threads.ensure_thread)
    get_thread_by_external_id = call_method(threads.get_thread_by_external_id)
    get_thread = call_method(threads.get_thread)
    list_threads = call_method(threads.list_threads)
    list_thread_records = call_method(threads.list_thread_records)
    find_threads = call_method(threads.find_threads)
    iter_threads = iterator_method(threads.iter_threads)
    update_thread = call_method(threads.update_thread)
    update_metadata = call_method(threads.update_metadata)
    delete_thread = call_method(threads.delete_thread)
    remove_participant = call_method(threads.remove_participant)


class AsyncRemoteThreadService(AsyncClientMethods):
    """Creates, finds, changes and deletes threads. All raise `ThreadNotFound` for an unknown `thread_id`."""

    create_thread = async_call_method(threads.create_thread)
    ensure_thread = async_call_method(threads.ensure_thread)
    get_thread_by_external_id = async_call_method(threads.get_thread_by_external_id)
    get_thread = async_call_method(threads.get_thread)
    list_threads = async_call_method(threads.list_threads)
    list_thread_records = async_call_method(threads.list_thread_records)
    find_threads = async_call_method(threads.find_threads)
    iter_threads = async_iterator_method(threads.iter_threads)
    update_thread = async_call_method(threads.update_thread)
    update_metadata = async_call_method(threads.update_metadata)
    delete_thread = async_call_method(threads.delete_thread)
    remove_participant = async_call_method(threads.remove_participant)


class RemoteMessageService(ClientMethods):
    """Appends, lists, changes and deletes messages. Unknown ids raise `ThreadNotFound` or `MessageNotFound`."""

    create_message = call_method(messages.create_message)
    create_messages = call_method(messages.create_messages)
    append_chunk = call_method(chunks.append_chunk)
    abort_chunks = call_method(chunks.abort_chunks)
    submit_tool_output = call_method(messages.submit_tool_output)
    get_message = call_method(messages.get_message)
    list_messages = call_method(messages.list_messages)
    iter_messages = iterator_method(messages.iter_messages)
    update_message = call_method(messages.update_message)
    delete_message = call_method(messages.delete_message)
    get_formatted_messages = call_method(model_histories.get_formatted_messages)
    add_summary = call_method(model_histories.add_summary)
    context = call_method(model_histories.context)
    commit_turn = call_method(turns.commit_turn)
    replace_messages = call_method(turns.replace_messages)
    truncate_messages = call_method(turns.truncate_messages)
    clear_messages = call_method(turns.clear_messages)
    pop_message = call_method(turns.pop_message)


class AsyncRemoteMessageService(AsyncClientMethods):
    """Appends, lists, changes and deletes messages. Unknown ids raise `ThreadNotFound` or `MessageNotFound`."""

    create_message = async_call_method(messages.create_message)
    create_messages = async_call_method(messages.create_messages)
    append_chunk = async_call_method(chunks.append_chunk)
    abort_chunks = async_call_method(chunks.abort_chunks)
    submit_tool_output = async_call_method(messages.submit_tool_output)
    get_message = async_call_method(messages.get_message)
    list_messages = async_call_method(messages.list_messages)
    iter_messages = async_iterator_method(messages.iter_messages)
    update_message = async_call_method(messages.update_message)
    delete_message = async_call_method(messages.delete_message)
    get_formatted_messages = async_call_method(model_histories.get_formatted_messages)
    add_summary = async_call_method(model_histories.add_summary)
    context = async_call_method(model_histories.context)
    commit_turn = async_call_method(turns.commit_turn)
    replace_messages = async_call_method(turns.replace_messages)
    truncate_messages = async_call_method(turns.truncate_messages)
    clear_messages = async_call_method(turns.clear_messages)
    pop_message = async_call_method(turns.pop_message)


class RemoteKeyService(ClientMethods):
    """Creates, lists and revokes API keys. Only `create_key` returns the secret; the server stores its hash."""

    create_key = call_method(keys.create_key)
    list_keys = call_method(keys.list_keys)
    get_key = call_method(keys.get_key)
    revoke_key = call_method(keys.revoke_key)


class AsyncRemoteKeyService(AsyncClientMethods):
    """Creates, lists and revokes API keys. Only `create_key` returns the secret; the server stores its hash."""

    create_key = async_call_method(keys.create_key)
    list_keys = async_call_method(keys.list_keys)
    get_key = async_call_method(keys.get_key)
    revoke_key = async_call_method(keys.revoke_key)


class RemoteImportService(ClientMethods):
    """Imports files in the background. All raise `ImportNotFound` for an unknown `import_id`."""

    create_import = call_method(imports.create_import)
    get_import = call_method(imports.get_import)
    list_imports = call_method(imports.list_imports)
    delete_import = call_method(imports.delete_import)


class RemoteAuditService(ClientMethods):
    """Reads the audit trail, for API keys of scope admin."""

    list_entries = call_method(audit.list_entries)


class AsyncRemoteImportService(AsyncClientMethods):
    """Imports files in the background. All raise `ImportNotFound` for an unknown `import_id`."""

    create_import = async_call_method(imports.create_import)
    get_import = async_call_method(imports.get_import)
    list_imports = async_call_method(imports.list_imports)
    delete_import = async_call_method(imports.delete_import)


class AsyncRemoteAuditService(AsyncClientMethods):
    """Reads the audit trail, for API keys of scope admin."""

    list_entries = async_call_method(audit.list_entries)


class RemoteAnalyticsService(ClientMethods):
    """Answers questions about all conversations, for API keys of scope admin or service. See docs/analytics.md."""

    activity = call_method(analytics.activity)
    active_users = call_method(analytics.active_users)
    new_and_returning_users = call_method(analytics.new_and_returning_users)
    stickiness = call_method(analytics.stickiness)
    retention = call_method(analytics.retention)
    days_of_activity = call_method(analytics.days_of_activity)
    messages = call_method(analytics.messages)
    active_threads = call_method(analytics.active_threads)
    new_threads = call_method(analytics.new_threads)
    busy_hours = call_method(analytics.busy_hours)
    answer_times = call_method(analytics.answer_times)
    answer_times_by_hour = call_method(analytics.answer_times_by_hour)
    answer_times_by_day = call_method(analytics.answer_times_by_day)
    given_up = call_method(analytics.given_up)
    thread_lengths = call_method(analytics.thread_lengths)
    thread_durations = call_method(analytics.thread_durations)
    drop_off = call_method(analytics.drop_off)
    unanswered = call_method(analytics.unanswered)
    longest_threads = call_method(analytics.longest_threads)
    busiest_threads = call_method(analytics.busiest_threads)
    similar_questions = call_method(analytics.similar_questions)
    metadata = call_method(analytics.metadata)
    tool_calls = call_method(analytics.tool_calls)
    shared_threads = call_method(analytics.shared_threads)
    hand_overs = call_method(analytics.hand_overs)
    growth = call_method(analytics.growth)
    storage = call_method(analytics.storage)


class AsyncRemoteAnalyticsService(AsyncClientMethods):
    """Answers questions about all conversations, for API keys of scope admin or service. See docs/analytics.md."""

    activity = async_call_method(analytics.activity)
    active_users = async_call_method(analytics.active_users)
    new_and_returning_users = async_call_method(analytics.new_and_returning_users)
    stickiness = async_call_method(analytics.stickiness)
    retention = async_call_method(analytics.retention)
    days_of_activity = async_call_method(analytics.days_of_activity)
    messages = async_call_method(analytics.messages)
    active_threads = async_call_method(analytics.active_threads)
    new_threads = async_call_method(analytics.new_threads)
    busy_hours = async_call_method(analytics.busy_hours)
    answer_times = async_call_method(analytics.answer_times)
    answer_times_by_hour = async_call_method(analytics.answer_times_by_hour)
    answer_times_by_day = async_call_method(analytics.answer_times_by_day)
    given_up = async_call_method(analytics.given_up)
    thread_lengths = async_call_method(analytics.thread_lengths)
    thread_durations = async_call_method(analytics.thread_durations)
    drop_off = async_call_method(analytics.drop_off)
    unanswered = async_call_method(analytics.unanswered)
    longest_threads = async_call_method(analytics.longest_threads)
    busiest_threads = async_call_method(analytics.busiest_threads)
    similar_questions = async_call_method(analytics.similar_questions)
    metadata = async_call_method(analytics.metadata)
    tool_calls = async_call_method(analytics.tool_calls)
    shared_threads = async_call_method(analytics.shared_threads)
    hand_overs = async_call_method(analytics.hand_overs)
    growth = async_call_method(analytics.growth)
    storage = async_call_method(analytics.storage)
