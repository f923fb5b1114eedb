"""`python -m threadkeep` runs the command line, like `threadkeep`."""

from .cli import main

main()
