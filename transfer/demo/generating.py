"""Generates the rows of users and conversations. The same `Demo` gives the same rows on any machine."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Any

from ...clock import last_midnight
from ...documents import THREAD_SCHEMA_VERSION, USER_SCHEMA_VERSION
from ...inputs import email_key
from ...services import anchor_beginning, fingerprints, newest_preview_of, stored_preview
from .message_rows import ConversationRows, as_stored
from .plans import Plan, plans
from .profiles import ASSISTANTS, Person, id_characters, people
from .timing import DAY, LAUNCH, day_of, day_weights, second_of_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...documents import MessageRow, ThreadRow

FEWEST, MOST = 100, 1_000_000
Conversation = tuple["ThreadRow", list["MessageRow"]]


@dataclass(frozen=True, slots=True)
class Demo:
    """The parameters of a demo: `messages` in the `days` before `until` (UTC). Another `seed` gives other conversations."""

    messages: int = 10_000
    seed: int = 1
    days: int = 90
    until: datetime = field(default_factory=last_midnight)


@dataclass(frozen=True, slots=True)
class Generated:
    """The rows of users, and an iterator over conversations by day and by their start within a day."""

    users: list[dict[str, Any]]
    conversations: Iterator[Conversation]


def generate(demo: Demo) -> Generated:
    """Return the users and conversations of a demo. No database is needed."""
    random = Random(demo.seed)  # noqa: S311 - the same seed must give the same rows
    persons = people(random, demo.messages, demo.days, demo.seed)
    end = demo.until.replace(tzinfo=demo.until.tzinfo or UTC).timestamp()
    users = [_user_row(person, end - demo.days * DAY) for person in persons]
    return Generated(users, _Generator(random, demo, persons, end).conversations())


class _Generator:
    def __init__(self, random: Random, demo: Demo, persons: list[Person], end: float) -> None:
        self._random = random
        self._demo = demo
        self._persons = sorted(persons, key=lambda person: person.joined)
        self._joined = [person.joined for person in self._persons]
        self._start = end - demo.days * DAY
        self._end = end
        self._first_weekday = datetime.fromtimestamp(self._start, UTC).weekday()
        self._launch = day_of(LAUNCH, demo.days, self._first_weekday)

    def conversations(self) -> Iterator[Conversation]:
        random, days = self._random, self._demo.days
        planned = list(plans(random, self._demo.messages))
        chosen = random.choices(range(days), day_weights(random, days, self._first_weekday), k=len(planned))
        per_day: list[list[Plan]] = [[] for _ in range(days)]
        for day, plan in zip(chosen, planned, strict=True):
            per_day[day].append(plan)
        for day, day_plans in enumerate(per_day):
            yield from sorted(self._day(day, day_plans), key=lambda conversation: conversation[0]["created_at"])

    def _day(self, day: int, day_plans: list[Plan]) -> Iterator[Conversation]:
        joined = self._persons[: max(2, bisect_left(self._joined, day + 1))]
        active = [person for person in joined if person.gone > day] or joined
        weights = list(accumulate(person.weight for person in active))
        for plan in day_plans:
            pair = self._random.choices(active, cum_weights=weights, k=2)
            yield self._conversation(day, plan, pair)

    def _conversation(self, day: int, plan: Plan, pair: list[Person]) -> Conversation:
        random = self._random
        owner, second = pair
        shared = plan.shared and second is not owner
        assistant = ASSISTANTS[0] if plan.assistant.new and day < self._launch else plan.assistant
        start = self._start + day * DAY + second_of_day(random, owner.hours_from_utc)
        thread_id = f"thread_{id_characters(random, 22)}"
        participants = [owner, second] if shared else [owner]
        end = self._end - 1
        conversation = ConversationRows(
            random, thread_id=thread_id, people=participants, assistant=assistant, start=start, end=end
        )
        rows = conversation.generate(plan.kinds)
        meta_data = {"topic": assistant.topic, "channel": owner.channel, "plan": owner.plan}
        anchor_beginning(rows)
        return _thread_row(thread_id, [person.id for person in participants], meta_data, rows), rows


def _thread_row(
    thread_id: str, participant_ids: list[str], meta_data: dict[str, Any], rows: list[MessageRow]
) -> ThreadRow:
    created_at = rows[0]["created_at"] - timedelta(milliseconds=400)
    newest = rows[-1]["created_at"]
    return {
        "_id": thread_id,
        "owner_id": participant_ids[0],
        "participant_ids": participant_ids,
        "meta_data": meta_data,
        "meta_data_index": fingerprints(meta_data),
        "tool_resources": {},
        "last_seq": len(rows),
        "deleted_count": 0,
        "message_count": len(rows),
        "revision": 1,
        "created_at": created_at,
        "updated_at": created_at,
        "last_message_at": newest,
        "last_active_at": newest,
        "deleted_at": None,
        "schema_version": THREAD_SCHEMA_VERSION,
        **_preview(rows),  # type: ignore[typeddict-item]  # an optional field
    }


def _preview(rows: list[MessageRow]) -> dict[str, Any]:
    preview = newest_preview_of(rows)
    return {} if preview is None else {"last_message": stored_preview(preview, preview["seq"])}


def _user_row(person: Person, start: float) -> dict[str, Any]:
    created_at = as_stored(start + person.joined * DAY)
    given_name, _, family_name = person.full_name.partition(" ")
    return {
        "_id": person.id,
        "email": person.email,
        "email_key": email_key(person.email),
        "full_name": person.full_name,
        "given_name": given_name,
        "family_name": family_name,
        "picture_url": None,
        "email_verified": True,
        "oauth_provider": "local",
        "provider_user_id": None,
        "created_at": created_at,
        "updated_at": created_at,
        "deleted_at": None,
        "schema_version": USER_SCHEMA_VERSION,
    }
