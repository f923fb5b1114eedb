"""Questions about conversations, as MongoDB pipelines: what docs/analytics.md shows and what `AnalyticsService` runs.

One file per theme. Everything here is a function from parameters to a pipeline; nothing connects to anything.
"""

from .stages import DAY, Pipeline, Question
from .catalogue import QUESTIONS

__all__ = ["DAY", "QUESTIONS", "Pipeline", "Question"]
