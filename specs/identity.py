"""Whose stack it is, where, and what for."""

from __future__ import annotations

from typing import TypedDict


class Identity(TypedDict):
    """What names and tags of every resource follow from."""

    project: str
    stack: str
    region: str
    owner: str
    cost_centre: str
    production: bool
