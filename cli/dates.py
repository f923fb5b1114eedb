"""The forms in which commands take dates."""

DAY = ["%Y-%m-%d"]
MOMENT = [*DAY, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
"""A day, which means its beginning, or a time. Without a zone, it is UTC."""
