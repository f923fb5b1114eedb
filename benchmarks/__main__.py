"""`python -m threadkeep.benchmarks` runs the command line of the benchmarks."""

from .cli import app

app(prog_name="make bench")
