"""What a model needs in memory: pure arithmetic on facts of its architecture."""
