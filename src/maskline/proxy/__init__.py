"""The rules of Proxy: services, sessions, participants, numbers, and where traffic goes."""
