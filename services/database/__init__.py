"""How the database is called: its errors, second tries, deadlines, and bounds of work."""

from .broadcast_updates import delete_until_none_matches, update_until_none_matches
from .document_size import LARGEST_DOCUMENT_BYTES, find_one_and_grow, require_room
from .driver_errors import code_of_cause, reason_of, translate, translates_driver_errors
from .no_deadline import without_deadline
from .number_gaps import skip_gap
from .number_parts import in_parts
from .query_deadlines import queries_end_within
from .refused_writes import TakenKey, first_refusal, is_stored, refusal, rows_refused_as_taken, taken_key
from .second_try import twice
from .tries import Tries

__all__ = [
    "LARGEST_DOCUMENT_BYTES",
    "TakenKey",
    "Tries",
    "code_of_cause",
    "delete_until_none_matches",
    "find_one_and_grow",
    "first_refusal",
    "in_parts",
    "is_stored",
    "queries_end_within",
    "reason_of",
    "refusal",
    "require_room",
    "rows_refused_as_taken",
    "skip_gap",
    "taken_key",
    "translate",
    "translates_driver_errors",
    "twice",
    "update_until_none_matches",
    "without_deadline",
]
