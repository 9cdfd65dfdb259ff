"""Pulumi's YAML files as its engine reads them, for whatever has to know their values without it."""
