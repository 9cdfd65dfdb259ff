"""Rehearsal, recording, conformance, benchmarks, generated docs and CI. Nothing that is deployed imports them."""
