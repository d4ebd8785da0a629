"""Functions and their environments."""
