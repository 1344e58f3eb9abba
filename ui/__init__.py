"""What the pages share: frame, state, filters, tables, charts, words."""
