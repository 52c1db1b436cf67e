"""The rows of the benchmark's table: a module each."""
