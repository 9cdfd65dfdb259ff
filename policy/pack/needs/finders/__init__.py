"""Finders: where in a graph a line of the tables is meant, and with which role, resource and network."""

from __future__ import annotations

from . import properties, tasks
from .finder import FINDERS, Finder, Occurrence

__all__ = ["FINDERS", "Finder", "Occurrence", "properties", "tasks"]
