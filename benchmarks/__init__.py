"""Benchmarks: `make bench` measures the figures of `docs/performance.md`."""
