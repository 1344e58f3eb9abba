"""Columns, generations and the facet engine: what lies between records and disk."""
