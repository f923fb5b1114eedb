"""Imports that run in the background: their jobs and files in the database, and the worker that runs them."""

from .store import ImportJobs, owner_of_job
from .worker import ImportProgress, ImportWorker, RunImport

__all__ = ["ImportJobs", "ImportProgress", "ImportWorker", "RunImport", "owner_of_job"]
