"""The debugger: alerts that tell an account what went wrong, and why."""
