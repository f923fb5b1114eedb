"""Threadkeep: the home for AI conversations."""
