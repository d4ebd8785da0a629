"""`python -m deploy`: the same commands as `labchat`, from a checkout."""

import click

from deploy.commands.cost import cost
from deploy.commands.deploy import deploy


@click.group()
def main() -> None:
    """Deploy the chat to AWS, and know what it costs."""


main.add_command(deploy)
main.add_command(cost)
main(prog_name="labchat")
