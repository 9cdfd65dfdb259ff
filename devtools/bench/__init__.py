"""Benchmarks of previews and rehearsals, against the bounds that the project promises."""
