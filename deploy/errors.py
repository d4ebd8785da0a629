"""The one error that people see: what is wrong, and what to do next."""

import click


class DeployError(click.ClickException):
    """Ends a command with one sentence, in which the next step stands."""
