"""Benchmarks: `make bench-queue`, `bench-bulk`, `bench-pdf`, `bench-startup`; results in `docs/performance.md`."""
