"""Threadkeep as the store of agent frameworks: one module for each framework, and an extra of its name.

Each adapter takes a `Threadkeep` or an `AsyncClient`, and uses only its services. An adapter imports its framework; this
package imports none. `docs/frameworks.md` shows all of them.
"""
