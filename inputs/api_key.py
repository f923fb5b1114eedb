"""Input for API keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .values import NOT_A_TEXT, Input, Name


class NewUserKey(Input):
    """A new key for one user. Without `expires_in_days`, it does not expire."""

    key_name: Annotated[Name, Field(max_length=256)] | None = None
    expires_in_days: Annotated[int, Field(ge=1, le=36_500), NOT_A_TEXT] | None = None


class NewKey(NewUserKey):
    """A new key of any scope. Scope `user` needs a `user_id`; the other scopes must not have one."""

    scope: Literal["admin", "service", "user"] = "service"
    user_id: Name | None = None
