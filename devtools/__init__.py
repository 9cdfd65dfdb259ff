"""Rehearsal, recording, conformance, benchmarks, generated docs and CI. No deployed code imports this package."""
