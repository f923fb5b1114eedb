"""The numbers in `docs/performance.md`, reproducible: `make bench`."""
