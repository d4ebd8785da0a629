"""Tests of the Cognito endpoint."""
