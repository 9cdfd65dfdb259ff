"""Finders: where in a graph a line of the tables is meant, and with which role, resource and network."""

from __future__ import annotations

from . import connections, delivery, events, fleets, functions, own, properties, starts, stores, tasks, watch
from .finder import FINDERS, Finder, Occurrence

__all__ = [
    "FINDERS",
    "Finder",
    "Occurrence",
    "connections",
    "delivery",
    "events",
    "fleets",
    "functions",
    "own",
    "properties",
    "starts",
    "stores",
    "tasks",
    "watch",
]
