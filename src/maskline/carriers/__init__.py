"""Carriers: one folder each, behind one contract, free of the server."""
