"""Maintenance: background tasks, leases, the sweeper and the migration."""

from .background import Background, cancel_tasks
from .failures import Failures
from .leases import Leaseholder
from .migration import Migration
from .sweeper import Sweeper

__all__ = [
    "Background",
    "Failures",
    "Leaseholder",
    "Migration",
    "Sweeper",
    "cancel_tasks",
]
