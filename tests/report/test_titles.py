"""Each title is true of the data that its chart draws, for random data."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings

from threadkeep.report import activity, answers, conversations, people, storage, tools
from threadkeep.tests.report.random_figures import figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from threadkeep.report import Chart, Figures

Drawn = list[dict[str, Any]]
with_random_figures = given(figures())
some = settings(max_examples=40, deadline=None)
_COUNT = re.compile(r"(\d+) \w+")


def said_and_drawn(chart: Chart) -> tuple[str, Drawn]:
    """Return the title without separators of thousands, and the drawn data: empty if there is no drawing."""
    title = re.sub(r"(?<=\d),(?=\d)", "", chart.title)
    return title, chart.spec["data"]["values"] if chart.spec else []


def totals(drawn: Drawn, key: str, amount: str) -> Counter[Any]:
    """Return the sums of the drawn amounts, also if they are 0."""
    sums = Counter[Any]({row[key]: 0 for row in drawn})
    for row in drawn:
        sums[row[key]] += row[amount]
    return sums


def assert_names(said: str, amounts: Mapping[str, float], extreme: float) -> None:
    """The text names all that have the extreme amount, or says how many they are."""
    names = [name for name, amount in amounts.items() if amount == extreme]
    if len(names) > 2:
        count = _COUNT.fullmatch(said)
        assert count, said
        assert int(count[1]) == len(names)
    else:
        assert sorted(said.split(" and ")) == sorted(names)


def slot_of(row: dict[str, Any]) -> str:
    name = str(row["label"]).partition(":")[0]
    return name[0].lower() + name[1:] if name.startswith("The week") else name


@some
@with_random_figures
def test_the_days_with_most_and_fewest_messages_are_those_of_the_chart(found: Figures) -> None:
    title, drawn = said_and_drawn(activity.messages_a_day(found))
    drawn = [{**row, "slot": slot_of(row)} for row in drawn]
    days = totals(drawn, "slot", "messages")
    complete = all(row["complete"] for row in drawn)

    for word, extreme in (("most", max), ("fewest", min)):
        for said, amount in re.findall(rf"{word} (?:on|in) (.+?) \((\d+)(?: each)?\)", title):
            assert int(amount) == extreme(days.values())
            assert_names(said, days, extreme(days.values()))
            assert word == "most" or complete
    if drawn:
        assert int(title.split()[0]) == days.total() == found.messages
        assert (" so far" in title) is not found.is_over
        assert ("most" in title) or len(set(days.values())) == 1
    else:
        assert found.messages == 0


@some
@with_random_figures
def test_a_comparison_is_true_and_names_the_amount_before(found: Figures) -> None:
    title, _ = said_and_drawn(activity.messages_a_day(found))
    before = found.messages_a_day_before[0]["messages"]
    now = found.messages

    if not (found.is_over and before and now):
        assert "before" not in title
    elif "as many as in" in title:
        assert now == before
    elif "about as many as" in title:
        assert abs(now - before) / before < 0.02
    else:
        shown = re.search(r"([\d.]+) % (more|fewer) than the (\d+) ", title)
        assert shown, title
        assert int(shown[3]) == before
        assert (shown[2] == "more") == (now > before)
        assert abs(float(shown[1]) - abs(now - before) / before * 100) <= 0.5


@some
@with_random_figures
def test_the_busiest_weekdays_and_hours_are_those_of_the_chart(found: Figures) -> None:
    title, drawn = said_and_drawn(activity.busy_hours(found))
    if not drawn:
        assert not found.busy_hours
        return
    weekdays, hours = totals(drawn, "weekday", "messages"), totals(drawn, "hour", "messages")
    said = re.fullmatch(r"Users wrote most on (.+) \((\d+) of (\d+)(?: each)?\) and at (.+) \((\d+)(?: each)?\)", title)

    assert said, title
    assert_names(said[1], {f"{day}s": amount for day, amount in weekdays.items()}, int(said[2]))
    assert int(said[2]) == max(weekdays.values())
    assert int(said[3]) == weekdays.total()
    assert_names(said[4], {f"{hour:02d}:00": amount for hour, amount in hours.items()}, int(said[5]))
    assert int(said[5]) == max(hours.values())
    assert all(row["within"] for row in drawn if row["messages"])


@some
@with_random_figures
def test_new_users_and_the_mean_are_those_of_the_chart(found: Figures) -> None:
    title, drawn = said_and_drawn(people.active_users(found))
    if not drawn:
        return
    new = sum(row["users"] for row in drawn if row["kind"] == "new")
    days = totals([row for row in drawn if row["complete"]], "start", "users")
    mean = re.search(r"; ([\d.]+) per", title)

    assert f" {new} of them for the first time" in title
    assert (mean is not None) == (len(days) > 1)
    if mean:
        assert abs(float(mean[1]) - days.total() / len(days)) <= (0.05 if "." in mean[1] else 0.5) + 1e-9


@some
@with_random_figures
def test_retention_counts_only_complete_weeks(found: Figures) -> None:
    chart = people.retention(found)
    title, drawn = said_and_drawn(chart)
    complete = [row for row in drawn if row["complete"] and row["week"] == 1]
    said = re.search(r"\((\d+) of (\d+) new users?\)", title)

    assert all(row["text"] if row["complete"] else not row["text"] for row in drawn)
    assert ("Hatched" in chart.note) == any(not row["complete"] for row in drawn)
    assert (said is not None) == bool(complete)
    if said:
        assert int(said[1]) == sum(row["users"] for row in complete)
        assert int(said[2]) == sum(row["size"] for row in complete)


@some
@with_random_figures
def test_the_assistants_with_most_messages_are_those_of_the_data(found: Figures) -> None:
    title, drawn = said_and_drawn(activity.assistants_a_day(found))
    rows = [row for row in found.messages_a_day if row["role"] == "assistant"]
    amounts = totals([{**row, "name": row["assistant_id"] or "no assistant named"} for row in rows], "name", "messages")
    said = re.search(r"^(?:(.+) wrote most: )?(?:each )?\S+ % \((\d+) of (\d+) messages?\)", title)

    assert bool(said) == bool(drawn) == bool(amounts.total())
    if said:
        ids = totals(rows, "assistant_id", "messages")
        assert int(said[2]) == max(ids.values())
        assert int(said[3]) == ids.total() == sum(row["messages"] for row in drawn)
        if said[1]:
            names = {str(index): amount for index, amount in enumerate(ids.values())}
            tied = [name for name, amount in names.items() if amount == max(ids.values())]
            assert len(said[1].split(" and ")) == len(tied) or int(said[1].split()[0]) == len(tied)


@some
@with_random_figures
def test_the_slowest_assistants_and_hours_are_those_of_the_data(found: Figures) -> None:
    title, drawn = said_and_drawn(answers.by_assistant(found))
    rows = found.answer_times_by_assistant
    slow = [row for row in rows if row["p50"] == max(row["p50"] for row in rows)]
    if drawn:
        count = re.search(r"of (?:the )?(\d+) answers?", title)
        assert count
        assert int(count[1]) == sum(row["answers"] for row in slow)
        assert ("slowest" in title) == (len(slow) < len(rows))

    title, drawn = said_and_drawn(answers.by_hour(found))
    rows = found.answer_times_by_hour
    counts = [int(count) for count in re.findall(r"(\d+) answers?", title.removeprefix("9 of 10 answers"))]
    if drawn:
        extremes = [max(row["p90"] for row in rows), min(row["p90"] for row in rows)]
        wanted = [sum(row["answers"] for row in rows if row["p90"] == extreme) for extreme in extremes]
        assert counts == (wanted if extremes[0] != extremes[1] else wanted[:1])


@some
@with_random_figures
def test_shares_have_their_amounts(found: Figures) -> None:
    title, drawn = said_and_drawn(conversations.drop_off(found))
    if drawn:
        unanswered, threads = (sum(row[name] for row in found.drop_off) for name in ("unanswered", "threads"))
        assert f"({unanswered} of {threads} new thread" in title
    title, drawn = said_and_drawn(tools.tool_calls(found))
    if drawn and "none failed" not in title:
        worst = max(row["failed"] / row["calls"] for row in found.tool_calls)
        same = [row for row in found.tool_calls if row["failed"] / row["calls"] == worst]
        failed, calls = (sum(row[name] for row in same) for name in ("failed", "calls"))
        assert f"({failed} of {calls} call" in title
    elif drawn:
        assert not any(row["failed"] for row in found.tool_calls)
    title, drawn = said_and_drawn(conversations.metadata(found, "plan"))
    if drawn:
        most = max(row["threads"] for row in found.metadata["plan"] if row["value"] is not None)
        assert f"({most} of {found.threads} new thread" in title


@some
@with_random_figures
def test_the_most_frequent_hand_overs_and_the_largest_months_are_those_of_the_chart(found: Figures) -> None:
    title, drawn = said_and_drawn(tools.hand_overs(found))
    if len(drawn) > 1:
        said = re.fullmatch(r"(\d+) hand-overs?, most often (.+) \((\d+)(?: each)?\)", title)
        assert said, title
        assert int(said[1]) == sum(row["hand_overs"] for row in found.hand_overs)
        assert int(said[3]) == max(row["amount"] for row in drawn)
        pairs = {f"{row['before']} → {row['after']}": row["hand_overs"] for row in found.hand_overs}
        assert_names(said[2], pairs, int(said[3]))
    title, drawn = said_and_drawn(storage.growth(found))
    if drawn:
        months = totals([{**row, "slot": slot_of(row)} for row in drawn], "slot", "bytes")
        said = re.search(r"most in (.+) \(", title)
        assert sum(row["messages"] for row in found.growth) == int(re.findall(r"in (\d+) message", title)[0])
        assert bool(said) == (len(set(months.values())) > 1)
        if said:
            assert_names(said[1], months, max(months.values()))


@some
@with_random_figures
def test_half_of_the_threads_are_not_longer_than_the_median(found: Figures) -> None:
    title, drawn = said_and_drawn(conversations.lengths(found))
    if not drawn:
        return
    median = re.findall(r"median length is (\S+) message", title)[0]
    names = [row["name"].replace(",", "") for row in drawn]
    until = [row["amount"] for row in drawn[: names.index(median) + 1]]

    assert sum(until) * 2 >= sum(row["amount"] for row in drawn)
    assert sum(until[:-1]) * 2 < sum(row["amount"] for row in drawn)
