"""The chat's Lambda functions, against the real database engine."""
