"""The database engine and its tables."""
