"""Kinds of stores, a package each: resources, handle, alarms and graphs (`contract`); `registry` lists them.

A library of the tiers: the data tier builds the stores, services, observability and order events use their handles.
"""
