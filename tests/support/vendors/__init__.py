"""Stand-ins for carriers whose APIs can't be had here, on the loopback."""
