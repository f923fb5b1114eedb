from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.faults.fail_points import failing
from threadkeep.tests.routers.another_process import another_process

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient, MongoClient

    from threadkeep.tests.conftest import ConfigureLog
    from threadkeep.tests.live_server import LiveServer

TEXT = "the text of a message"
REFUSED_CODE = 2  # BadValue: an error that lasts
WRITES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v1/threads", {"meta_data": {"a": TEXT}, "messages": [{"content": TEXT}]}),
    ("/v1/threads/{}/messages", {"content": TEXT, "client_id": TEXT}),
    ("/v1/users", {"full_name": TEXT, "email": "ada.lovelace@example.org"}),
    ("/openai/v1/threads/{}/messages", {"role": "user", "content": TEXT}),
    ("/openai/v1/conversations", {"items": [{"role": "user", "content": TEXT}]}),
)


@pytest.mark.slow
async def test_the_log_has_no_text_of_a_request_with_any_database_error(
    mongo: MongoClient[Any], mongo_client: AsyncMongoClient[Any], served: LiveServer, configure_log: ConfigureLog
) -> None:
    read_log = configure_log(log_format="json", log_level="debug", access_log=True)
    async with another_process(mongo_client, served, served.admin_key, access_log=True) as client:
        thread_id = (await client.post("/v1/threads", json={})).json()["id"]
        commands = ("insert", "update", "bulkWrite", "findAndModify")
        statuses = []
        for fault in ({"errorCode": REFUSED_CODE}, {"errorCode": 11600}, {"closeConnection": True}):
            with failing(mongo, *commands, **fault):
                for path, body in WRITES:
                    response = await client.post(path.format(thread_id), json=body, headers={"idempotency-key": TEXT})
                    statuses.append(response.status_code)
                    assert TEXT not in response.text

    events = [json.loads(line) for line in read_log().splitlines()]
    events = [event for event in events if not event["logger"].startswith("http")]  # lines of the client of the test
    assert set(statuses) == {502, 503}
    assert {event["code"] for event in events if event["event"] == "database_refused"} == {REFUSED_CODE}
    reasons = [event for event in events if event["event"] == "unavailable"]  # one for each 503
    assert {(reason["error"], reason["code"]) for reason in reasons} == {
        ("AutoReconnect", None),
        ("NotPrimaryError", 11600),
    }
    for secret in (TEXT, "ada.lovelace", served.admin_key, thread_id):
        assert secret not in str(events)
