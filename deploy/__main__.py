"""`python -m deploy` is `labchat` with the commands of this package alone."""

import click

from deploy.commands.cost import cost
from deploy.commands.deploy import deploy
from deploy.commands.export import export
from deploy.commands.import_ import import_
from deploy.commands.person import person


main = click.Group(commands=[deploy, cost, export, import_, person])

if __name__ == "__main__":
    main(prog_name="labchat")
