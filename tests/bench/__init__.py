"""Benchmarks: `make bench` prints, and asserts nothing."""
