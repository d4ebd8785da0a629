"""Cognito's statements: everything over HTTP, with stock clients; only time and functions are fakes."""
