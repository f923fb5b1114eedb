"""`threadkeep`, and `python -m threadkeep`: run the command line."""

import sys

from .errors import MissingExtra


def main() -> None:
    """Run a command. Without the packages of the command line, print what to install, and end with the status 1."""
    try:
        from .cli import main as run  # noqa: PLC0415 - its packages may be missing
    except ImportError as error:
        if (error.name or "").startswith("threadkeep"):
            raise
        sys.exit(f"threadkeep: {MissingExtra('The command line', 'server', error.name)}")
    run()


if __name__ == "__main__":
    main()
