"""Runs the code of docs/analytics.md, and compares every answer with the answer of plain Python."""

from __future__ import annotations

import inspect
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.services.analytics.pipelines import QUESTIONS
from threadkeep.tests.docs.outputs import IS_RECORDING
from threadkeep.tests.services.analytics import plain_messages, plain_threads, plain_users
from threadkeep.tests.services.analytics.conversations import Conversations, conversations
from threadkeep.tests.services.analytics.cookbook import (
    Recipe,
    as_json,
    recipes,
    record_commands,
    record_sample,
    sample_commands,
)
from threadkeep.tests.services.analytics.mongosh import Mongosh
from threadkeep.tests.services.analytics.plans import index_of
from threadkeep.transfer.demo import Demo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient

    from threadkeep.tests.services.analytics.plain import Row

RECIPES = recipes()
PLAIN = {**vars(plain_users), **vars(plain_threads), **vars(plain_messages)}
each_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))


@pytest.fixture(scope="module")
def disturbed(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Iterator[Conversations]:
    """A smaller database, in which threads and messages are deleted and users are erased."""

    def disturb(messages: list[Row], threads: list[Row]) -> None:
        for thread in threads[::5]:
            thread["deleted_at"] = datetime(2026, 10, 31)  # noqa: DTZ001  naive UTC, as stored
        for row in messages[::7]:
            row["batch"] = {"id": "deleted", "end": 0}
        for row in messages[3::11]:
            if row["role"] == "user":
                row["sender_id"] = "deleted_user"

    demo = Demo(messages=400, seed=2, days=16, until=datetime(2026, 11, 1))  # noqa: DTZ001
    with conversations(mongo, mongo_url, demo, disturb) as made:
        yield made


def nearly(rows: list[Row]) -> list[Row]:
    """Return rows to compare with: plain Python may round a half in the other direction."""
    return [
        {name: pytest.approx(value, abs=0.0011) if isinstance(value, float) else value for name, value in row.items()}
        for row in rows
    ]


def expected(recipe: Recipe, made: Conversations, constants: dict[str, Any]) -> list[Row]:
    """Return the answer of plain Python. It gets only visible documents, so it needs no `deleted`."""
    question = PLAIN[QUESTIONS[recipe.name].pipeline.__name__]
    return question(made.data, **{name: value for name, value in constants.items() if name != "deleted"})  # type: ignore[no-any-return]


def test_the_page_has_every_question() -> None:
    assert sorted(RECIPES) == sorted(QUESTIONS)
    assert len(RECIPES) >= 20


def test_the_commands_of_the_page_print_what_it_shows(sample: Conversations) -> None:
    if IS_RECORDING:
        record_commands(sample.outputs)
    else:
        assert sample.outputs == tuple(command.output for command in sample_commands()), "`make docs` writes them anew"


@each_recipe
def test_a_block_is_the_pipeline_that_the_service_runs(recipe: Recipe, sample: Conversations) -> None:
    shell = Mongosh(sample.database)
    question = QUESTIONS[recipe.name]

    call = shell.run(recipe.code)

    assert (call.collection, call.method) == (question.collection, "aggregate")
    assert list(shell.names) == list(inspect.signature(question.pipeline).parameters)
    assert call.arguments == [question.pipeline(**shell.names)]


@each_recipe
def test_an_answer_equals_plain_python_and_begins_with_its_sample(recipe: Recipe, sample: Conversations) -> None:
    shell = Mongosh(sample.database)

    answer = shell.run(recipe.code).run(sample.database)

    assert answer
    assert answer == nearly(expected(recipe, sample, shell.names))
    shown = as_json(answer)[: len(recipe.sample)]
    if IS_RECORDING:
        record_sample(recipe.name, shown)
    else:
        assert shown == recipe.sample, "docs/analytics.md shows another answer; `make docs` writes it anew"


@each_recipe
def test_an_answer_leaves_out_deleted_documents(recipe: Recipe, disturbed: Conversations) -> None:
    shell = Mongosh(disturbed.database)

    answer = shell.run(recipe.code).run(disturbed.database)

    assert answer == nearly(expected(recipe, disturbed, shell.names))


@each_recipe
def test_a_plan_begins_with_the_index_that_the_page_names(recipe: Recipe, sample: Conversations) -> None:
    call = Mongosh(sample.database).run(recipe.code)
    ((collection, index), *_) = recipe.indexes

    found = index_of(sample.database[collection], call.arguments[0])

    assert collection == call.collection
    assert found == index


@each_recipe
def test_each_lookup_uses_the_index_that_the_page_names(recipe: Recipe, sample: Conversations) -> None:
    call = Mongosh(sample.database).run(recipe.code)
    found = [
        (lookup["from"], index_of(sample.database[lookup["from"]], [{"$match": {lookup["foreignField"]: "any"}}]))
        for lookup in (stage["$lookup"] for stage in call.arguments[0] if "$lookup" in stage)
    ]

    assert found == recipe.indexes[1 : 1 + len(found)]


def test_a_filter_by_owner_uses_the_index_that_the_page_names(sample: Conversations) -> None:
    recipe = RECIPES["storage"]
    (_, (collection, index)) = recipe.indexes
    ((first, *_),) = Mongosh(sample.database).run(recipe.code).arguments

    found = index_of(sample.database[collection], [{"$match": {"owner_id": "user_1", **first["$match"]}}])

    assert found == index


@each_recipe
def test_every_index_that_the_page_names_is_tested(recipe: Recipe) -> None:
    lookups = recipe.code.count("$lookup")

    assert len(recipe.indexes) == 1 + lookups or recipe.name == "storage"


@pytest.mark.parametrize("name", ["answer_times", "tool_calls", "hand_overs"])
def test_a_question_reads_only_the_documents_of_its_period(name: str, sample: Conversations) -> None:
    """The server examines the messages of the period and no others."""
    call = Mongosh(sample.database).run(RECIPES[name].code)
    week = datetime(2026, 10, 20)  # noqa: DTZ001  naive UTC, as stored
    first = {"$match": {"created_at": {"$gte": week, "$lt": week + timedelta(days=7)}}}
    within = [row for row in sample.data.messages if week <= row["created_at"] < week + timedelta(days=7)]

    stats = sample.database.command(
        "explain",
        {"aggregate": call.collection, "pipeline": [first], "cursor": {}},
        verbosity="executionStats",
    )["executionStats"]

    assert stats["totalDocsExamined"] == len(within)
