"""Threadkeep inside the frameworks of other applications: one module for each framework."""
