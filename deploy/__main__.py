"""`python -m deploy` is `labchat` with the commands of this package alone."""

import click

from deploy.commands.export import export
from deploy.commands.import_ import import_
from deploy.commands.person import person


main = click.Group(commands=[export, import_, person])

if __name__ == "__main__":
    main()
