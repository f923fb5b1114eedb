"""The HTTP APIs over the services: a package for each API, and `http/` for the machinery that they share."""
