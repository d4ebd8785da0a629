"""The conformance suite's endpoint serves the stock clients too."""

from tests.conformance.cognito.conftest import lab, name, numbers


__all__ = ["lab", "name", "numbers"]
