"""All errors of Threadkeep, as one tree. Each class has its HTTP status.

    ThreadkeepError                 500
    ├── StartupError                    the process cannot start; the message is one line
    │   └── MissingExtra                a package is not installed; an `ImportError` too
    ├── InvalidInput                422 names each invalid field and its rule
    │   ├── InvalidParticipants     400 names the unknown or repeated users
    │   ├── UnknownCursor           400 `after` or `before` is not an entry of this list
    │   ├── TooLarge                413
    │   ├── BudgetTooSmall          422 the newest turn of a history does not fit into `max_tokens`
    │   └── UnsupportedMediaType    415 the body is not JSON
    │       └── UnsupportedEncoding  415 the body is compressed
    ├── Unauthorized                401
    ├── Forbidden                   403
    │   └── ForeignRequest          403 without authentication: the request may come from a web page
    ├── NotFound                    404
    │   └── UserNotFound, ThreadNotFound, MessageNotFound, KeyNotFound, ImportNotFound
    ├── Conflict                    409
    │   ├── EmailTaken, IdentityTaken, ExternalIdTaken, TooManyKeys, TooManyImports, NoNumberLeft
    │   ├── IdTaken
    │   │   └── PartlyStored        409 the first messages of a batch are stored, and another one came after them
    │   └── IdempotencyMismatch, AnsweredOnce, StillRunning
    ├── RateLimited                 429 this API key has sent too much in a second: try again
    ├── RequestTimeout              408 the body of the request did not arrive in time
    ├── PreconditionFailed          412 another writer changed the object since it was read
    ├── DatabaseRefused             502 the database lacks a right, a part or a setting: trying again does not help
    └── Unavailable                 503 the database does not answer in time: try again
        └── Overloaded              503 this process has too many requests: try again

Services raise these errors. Each HTTP API renders them in its own format. The Python client raises the same classes, so
in-process code and HTTP clients catch the same errors.
"""

from .access import (
    Forbidden,
    ForeignRequest,
    Unauthorized,
)
from .arguments import (
    explained,
    explains_arguments,
)
from .base import (
    LONGEST_MESSAGE,
    StartupError,
    ThreadkeepError,
)
from .conflicts import (
    AnsweredOnce,
    Conflict,
    EmailTaken,
    ExternalIdTaken,
    IdempotencyMismatch,
    IdentityTaken,
    IdTaken,
    NoNumberLeft,
    PartlyStored,
    PreconditionFailed,
    StillRunning,
    TooManyImports,
    TooManyKeys,
)
from .database import (
    DatabaseRefused,
)
from .input import (
    MOST_PROBLEMS,
    BudgetTooSmall,
    InvalidInput,
    InvalidParticipants,
    Problem,
    TooLarge,
    UnknownCursor,
    UnsupportedEncoding,
    UnsupportedMediaType,
    problems_of,
)
from .load import (
    Overloaded,
    RateLimited,
    RequestTimeout,
    Unavailable,
)
from .missing_extra import (
    MissingExtra,
)
from .not_found import (
    ImportNotFound,
    KeyNotFound,
    MessageNotFound,
    NotFound,
    ThreadNotFound,
    UserNotFound,
)

__all__ = [
    "LONGEST_MESSAGE",
    "MOST_PROBLEMS",
    "AnsweredOnce",
    "BudgetTooSmall",
    "Conflict",
    "DatabaseRefused",
    "EmailTaken",
    "ExternalIdTaken",
    "Forbidden",
    "ForeignRequest",
    "IdTaken",
    "IdempotencyMismatch",
    "IdentityTaken",
    "ImportNotFound",
    "InvalidInput",
    "InvalidParticipants",
    "KeyNotFound",
    "MessageNotFound",
    "MissingExtra",
    "NoNumberLeft",
    "NotFound",
    "Overloaded",
    "PartlyStored",
    "PreconditionFailed",
    "Problem",
    "RateLimited",
    "RequestTimeout",
    "StartupError",
    "StillRunning",
    "ThreadNotFound",
    "ThreadkeepError",
    "TooLarge",
    "TooManyImports",
    "TooManyKeys",
    "Unauthorized",
    "Unavailable",
    "UnknownCursor",
    "UnsupportedEncoding",
    "UnsupportedMediaType",
    "UserNotFound",
    "explained",
    "explains_arguments",
    "problems_of",
]
