"""The table of questions in docs/analytics.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from threadkeep.routers.native.analytics import router
from threadkeep.services import AnalyticsService
from threadkeep.tests.services.analytics.cookbook import PAGE, recipes

if TYPE_CHECKING:
    from fastapi.routing import APIRoute

ROW = re.compile(r"^\| `(\w+)` \| `(/[\w/]+)` \| (.*?) \| \[(.*?)\]\(#([\w-]+)\) \|$", re.MULTILINE)


def test_every_question_of_the_service_is_in_the_table_with_its_path_and_parameters() -> None:
    routes: list[APIRoute | Any] = list(router.routes)
    known = {}
    for route in routes:
        (query,) = [mark for name, mark in route.endpoint.__annotations__.items() if name == "parameters"]
        fields = [f"`{name}`" for name in query.__origin__.model_fields if name not in {"since", "until"}]
        known[route.name] = (route.path.removeprefix("/v1/analytics"), set(fields))

    documented = {
        name: (path, set(parameters.split(", ")) - {"–"})  # noqa: RUF001  a dash stands for none
        for name, path, parameters, _, _ in ROW.findall(PAGE)
    }
    assert documented == known
    assert documented.keys() == {name for name in vars(AnalyticsService) if not name.startswith("_")}


def test_the_table_links_to_the_headings_of_the_questions() -> None:
    headings = {name: recipe.heading for name, recipe in recipes().items()}

    for name, _, _, heading, anchor in ROW.findall(PAGE):
        assert heading == headings[name]
        assert anchor == re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
