"""Maintenance: background tasks, leases, the sweeper, the migration."""

from .background import Background, end
from .leases import Leaseholder
from .migration import Migration
from .sweeper import Sweeper

__all__ = [
    "Background",
    "Leaseholder",
    "Migration",
    "Sweeper",
    "end",
]
