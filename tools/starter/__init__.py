"""Builds the bundled catalog: one module per input, then merge, choose, shape and gate."""
