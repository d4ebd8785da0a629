"""The console's page."""
