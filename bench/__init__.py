"""Benchmarks: each figure beside its control, measured in the same run."""
