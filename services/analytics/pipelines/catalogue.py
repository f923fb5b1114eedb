"""All questions of the cookbook, in its order; each title is a heading of docs/analytics.md."""

from . import answer_times as answers
from . import assistants, threads, users, volume
from .stages import Question

QUESTIONS = {
    question.title: question
    for question in (
        Question("Active users a day", "daily_users", users.active_users_a_day),
        Question("Active users a week or a month", "daily_users", users.active_users_a_period),
        Question("Stickiness", "daily_users", users.stickiness),
        Question("New and returning users", "daily_users", users.new_and_returning_users),
        Question("Retention by cohort", "daily_users", users.retention),
        Question("Days of activity", "daily_users", users.days_of_activity),
        Question("Messages a day by role and assistant", "daily_messages", volume.messages_a_day),
        Question("Active threads a day", "daily_threads", volume.threads_a_day),
        Question("New threads a day", "threads", volume.new_threads),
        Question("Activity in a time zone", "messages", volume.activity),
        Question("Busy hours", "messages", volume.busy_hours),
        Question("Answer times by assistant", "messages", answers.answer_times_by_assistant),
        Question("Answer times by hour", "messages", answers.answer_times_by_hour),
        Question("Answer times a day", "daily_messages", answers.answer_times_a_day),
        Question("Thread lengths", "threads", threads.thread_lengths),
        Question("Thread durations", "threads", threads.thread_durations),
        Question("Drop-off", "threads", threads.drop_off),
        Question("Unanswered for hours", "threads", threads.unanswered),
        Question("Longest threads", "threads", threads.longest_threads),
        Question("Busiest threads", "daily_threads", threads.busiest_threads),
        Question("Near-duplicates of first questions", "threads", threads.similar_first_questions),
        Question("Tool calls", "messages", assistants.tool_calls),
        Question("Messages that were given up", "messages", assistants.incomplete_messages),
        Question("Assistants that share threads", "messages", assistants.shared_threads),
        Question("Hand-overs between assistants", "messages", assistants.hand_overs),
        Question("Growth", "daily_threads", volume.growth),
        Question("Storage by owner", "daily_threads", volume.storage_by_owner),
        Question("Threads by metadata", "threads", volume.metadata_breakdown),
    )
}
