"""The native API below `/v1`. It accepts the requests of the original service's SDK (`docs/http.md`)."""

from .analytics import router as analytics
from .api_keys import router as api_keys
from .audit import router as audit
from .errors import render_error
from .external_ids import router as external_ids
from .imports import router as imports
from .imports import uploads
from .messages import router as messages
from .model_histories import router as model_histories
from .threads import router as threads
from .turns import router as turns
from .users import router as users

ROUTERS = (messages, model_histories, turns, threads, users, external_ids, api_keys, imports, uploads, audit, analytics)
"""The routers of the API. The most used one comes first, because paths are tried in this order."""

__all__ = ["ROUTERS", "render_error"]
