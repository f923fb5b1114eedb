"""The catalogue: all questions of docs/analytics.md by name, in the order of that page."""

from . import answer_times as answers
from . import assistants, threads, users, volume
from .stages import Question

QUESTIONS = {
    question.name: question
    for question in (
        Question("active_users_a_day", "daily_users", users.active_users_a_day),
        Question("active_users", "daily_users", users.active_users_a_period),
        Question("stickiness", "daily_users", users.stickiness, tells_complete=True),
        Question("new_and_returning_users", "daily_users", users.new_and_returning_users),
        Question("retention", "daily_users", users.retention, tells_complete=True),
        Question("days_of_activity", "daily_users", users.days_of_activity),
        Question("messages", "daily_messages", volume.messages_a_day),
        Question("active_threads", "daily_threads", volume.threads_a_day),
        Question("new_threads", "threads", volume.new_threads),
        Question("activity", "messages", volume.activity),
        Question("busy_hours", "messages", volume.busy_hours),
        Question("answer_times", "messages", answers.answer_times_by_assistant),
        Question("answer_times_by_hour", "messages", answers.answer_times_by_hour),
        Question("answer_times_by_day", "daily_messages", answers.answer_times_a_day),
        Question("thread_lengths", "threads", threads.thread_lengths),
        Question("thread_durations", "threads", threads.thread_durations),
        Question("drop_off", "threads", threads.drop_off),
        Question("unanswered", "threads", threads.unanswered),
        Question("longest_threads", "threads", threads.longest_threads),
        Question("busiest_threads", "daily_threads", threads.busiest_threads),
        Question("similar_questions", "threads", threads.similar_first_questions),
        Question("tool_calls", "messages", assistants.tool_calls),
        Question("given_up", "messages", assistants.incomplete_messages),
        Question("shared_threads", "messages", assistants.shared_threads),
        Question("hand_overs", "messages", assistants.hand_overs),
        Question("growth", "daily_threads", volume.growth),
        Question("storage", "daily_threads", volume.storage_by_owner),
        Question("metadata", "threads", volume.metadata_breakdown),
    )
}
