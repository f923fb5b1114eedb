"""`python -m threadkeep.benchmarks`."""

from .cli import app

app(prog_name="make bench")
