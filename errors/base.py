"""The base of all errors."""

from __future__ import annotations

from typing import Any

LONGEST_MESSAGE = 2000
"""The most characters of the message of an error, and of all problems of an error together."""


class ThreadkeepError(Exception):
    """The base of all errors. `facts` are attributes of the error, and are sent over HTTP beside its message.

    Errors repeat texts of the input. So they are cut: an error stays small, however large the input is.
    """

    status = 500

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(cut(message, LONGEST_MESSAGE))
        self.facts = facts
        self.__dict__.update(facts)

    @classmethod
    def from_answer(cls, message: str, facts: dict[str, Any]) -> ThreadkeepError:
        """The same error on the client's side, made from the message and the facts that the server sent."""
        error = cls.__new__(cls)
        ThreadkeepError.__init__(error, message, **facts)
        return error

    @classmethod
    def summary(cls) -> str:
        """The meaning of the error in one line, for API descriptions. Under `python -OO` it is the name of the class."""
        return (cls.__doc__ or cls.__name__).partition("\n")[0]


def cut(text: str, most: int) -> str:
    """The text, or its first `most` characters and an ellipsis."""
    return text if len(text) <= most else f"{text[:most]}…"


class StartupError(ThreadkeepError):
    """The process cannot start. The message is one line: the reason, and how to fix it."""
