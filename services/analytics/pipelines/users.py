"""Questions about users: active, new and returning users, and cohorts. All read `daily_users`: one row for a user and day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .stages import Expression, Period, Pipeline, Stage, count_if, days_between, period_of, rounded, share

if TYPE_CHECKING:
    from datetime import datetime

_WEEK_MILLISECONDS = 604_800_000


def active_users_a_day(since: datetime, until: datetime) -> Pipeline:
    """The users who wrote on each day, and their messages."""
    return [
        days_between(since, until),
        {"$group": {"_id": "$day", "users": {"$sum": 1}, "messages": {"$sum": "$messages"}}},
        {"$project": {"_id": 0, "day": "$_id", "users": 1, "messages": 1}},
        {"$sort": {"day": 1}},
    ]


def active_users_a_period(since: datetime, until: datetime, unit: Period) -> Pipeline:
    """The users who wrote in each week or month. Each user counts once."""
    return [
        days_between(since, until),
        {"$group": {"_id": {"start": period_of("$day", unit, "UTC"), "user": "$user_id"}, "days": {"$sum": 1}}},
        {"$group": {"_id": "$_id.start", "users": {"$sum": 1}, "days_each": {"$avg": "$days"}}},
        {"$project": {"_id": 0, "start": "$_id", "users": 1, "days_each": rounded("$days_each")}},
        {"$sort": {"start": 1}},
    ]


def stickiness(since: datetime, until: datetime) -> Pipeline:
    """The mean number of users of a day as a share of the users of the month, for each month.

    A month that the period does not contain as a whole is not complete: it has neither the mean nor the share.
    """
    end = {"$dateAdd": {"startDate": "$_id", "unit": "month", "amount": 1}}
    days = {"$dateDiff": {"startDate": "$_id", "endDate": end, "unit": "day"}}
    complete = {"$and": [{"$gte": ["$_id", since]}, {"$lte": [end, until]}]}
    return [
        days_between(since, until),
        {"$group": {"_id": {"month": period_of("$day", "month", "UTC"), "user": "$user_id"}, "days": {"$sum": 1}}},
        {"$group": {"_id": "$_id.month", "monthly_users": {"$sum": 1}, "user_days": {"$sum": "$days"}}},
        {"$set": {"complete": complete}},
        {"$set": {"daily_users": {"$cond": ["$complete", {"$divide": ["$user_days", days]}, None]}}},
        {
            "$project": {
                "_id": 0,
                "month": "$_id",
                "monthly_users": 1,
                "mean_daily_users": rounded("$daily_users"),
                "stickiness": share("$daily_users", "$monthly_users"),
                "complete": 1,
            }
        },
        {"$sort": {"month": 1}},
    ]


def _lookup_earlier_day(since: datetime) -> Stage:
    """Adds `before`: empty for users who did not write before the period. One index seek on `(user_id, day)` for each user."""
    return {
        "$lookup": {
            "from": "daily_users",
            "localField": "_id",
            "foreignField": "user_id",
            "pipeline": [{"$match": {"day": {"$lt": since}}}, {"$limit": 1}, {"$project": {"_id": 1}}],
            "as": "before",
        }
    }


def new_and_returning_users(since: datetime, until: datetime) -> Pipeline:
    """The users of each day who wrote for the first time, and those who had written on an earlier day."""
    is_first = {"$and": [{"$eq": ["$before", []]}, {"$eq": ["$days", "$first"]}]}
    return [
        days_between(since, until),
        {"$group": {"_id": "$user_id", "days": {"$push": "$day"}, "first": {"$min": "$day"}}},
        _lookup_earlier_day(since),
        {"$unwind": "$days"},
        {"$group": {"_id": "$days", "new": count_if(is_first), "returning": count_if({"$not": is_first})}},
        {"$project": {"_id": 0, "day": "$_id", "new": 1, "returning": 1}},
        {"$sort": {"day": 1}},
    ]


def retention(since: datetime, until: datetime) -> Pipeline:
    """How many users of each cohort wrote again, for each later week. A cohort is the users who first wrote in one week.

    Each cohort has a row for every week that began before `until`, also if nobody wrote. A week is complete if it ended by
    then and the period contains the whole first week of the cohort. Other weeks have no share.
    """
    week = period_of("$day", "week", "UTC")
    passed = {"$dateDiff": {"startDate": "$cohort", "endDate": "$weeks", "unit": "week", "startOfWeek": "monday"}}
    begun = {"$toInt": {"$ceil": {"$divide": [{"$subtract": [until, "$_id"]}, _WEEK_MILLISECONDS]}}}
    end = {"$dateAdd": {"startDate": "$_id", "unit": "week", "amount": {"$add": ["$week", 1]}}}
    complete = {"$and": [{"$gte": ["$_id", since]}, {"$lte": [end, until]}]}
    return [
        days_between(since, until),
        {"$group": {"_id": "$user_id", "cohort": {"$min": week}, "weeks": {"$addToSet": week}}},
        _lookup_earlier_day(since),
        {"$match": {"before": []}},
        {"$unwind": "$weeks"},
        {"$group": {"_id": {"cohort": "$cohort", "week": passed}, "users": {"$sum": 1}}},
        {"$group": {"_id": "$_id.cohort", "counts": {"$push": {"week": "$_id.week", "users": "$users"}}}},
        {"$set": {"whole": _users_of_week(0), "week": {"$range": [0, begun]}}},
        {"$unwind": "$week"},
        {"$set": {"users": _users_of_week("$week"), "complete": complete}},
        {
            "$project": {
                "_id": 0,
                "cohort": "$_id",
                "week": 1,
                "users": 1,
                "share": {"$cond": ["$complete", share("$users", "$whole"), None]},
                "complete": 1,
            }
        },
        {"$sort": {"cohort": 1, "week": 1}},
    ]


def _users_of_week(week: Expression) -> Expression:
    """The number of users in `counts` who wrote in this week of the cohort."""
    found = {"$filter": {"input": "$counts", "cond": {"$eq": ["$$this.week", week]}}}
    return {"$sum": {"$map": {"input": found, "in": "$$this.users"}}}


def days_of_activity(since: datetime, until: datetime) -> Pipeline:
    """How many users wrote on one day of a period, on two days, on three, and so on."""
    return [
        days_between(since, until),
        {"$group": {"_id": "$user_id", "days": {"$sum": 1}}},
        {"$group": {"_id": "$days", "users": {"$sum": 1}}},
        {"$project": {"_id": 0, "days": "$_id", "users": 1}},
        {"$sort": {"days": 1}},
    ]
