"""Other ways of answering the same question, each written well for what it is."""
