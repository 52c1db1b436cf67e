"""The wire: REST resources over HTTP. Parameters in, resource out; every rule lives elsewhere."""
