"""Reproducible benchmarks of the catalog, with the peers beside us."""
