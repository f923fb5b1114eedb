"""`python -m threadkeep` is `threadkeep`."""

from .cli import main

main()
