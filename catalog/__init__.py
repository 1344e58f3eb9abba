"""The domain of Cardex: records, queries, sources, store and services. Knows no screen."""
