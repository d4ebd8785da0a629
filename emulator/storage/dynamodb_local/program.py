"""DynamoDB Local as a program to run: which Java, which files, which command."""

import logging
import os
from pathlib import Path

from emulator.errors import UsageError
from emulator.storage.dynamodb_local.fetch import fetched
from emulator.storage.dynamodb_local.java import find_java
from emulator.storage.engine import Program


logger = logging.getLogger(__name__)

HOME = "DYNAMODB_LOCAL_HOME"
"""The variable that names an unpacked DynamoDB Local; without it one is fetched."""

DATABASE = "dynamodb-local/shared-local-instance.db"
"""The name that DynamoDB Local gives the file when all keys and regions share one."""

JAR, LIBRARIES = "DynamoDBLocal.jar", "DynamoDBLocal_lib"
"""As in AWS's own archive."""

_SMALL = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A small machine's share; it also starts in half the time."""

_SERVER = Path(__file__).parent / "server.xml"


def dynamodb_local(data_dir: Path) -> Program:
    """The program, fetched if need be. Raises `UsageError` if it or a Java for it is missing."""
    java = find_java()
    named = os.environ.get(HOME)
    home = Path(named) if named else fetched(data_dir / "packages")
    if not (home / JAR).is_file():
        raise UsageError(f"{HOME} is {home}, but there is no {JAR}; name the unpacked archive.")
    logger.warning(
        "DynamoDB Local answers transactions some milliseconds before they are on disk: a crash can "
        "lose the last ones. The embedded engine does not."
    )
    on_loopback = any((home / LIBRARIES).glob("jetty-xml-*.jar"))
    if not on_loopback:
        logger.warning(
            "DynamoDB Local in %s listens on every address of this machine and takes any key: "
            "jetty-xml is not among its libraries.",
            home,
        )

    def command(port: int, database: Path) -> list[str]:
        folder = str(database.parent)
        return [
            *(str(java), *_SMALL, f"-Djava.library.path={home / LIBRARIES}"),
            *("-cp", f"{home / JAR}:{home / LIBRARIES}/*"),
            *(_loopback(port, folder) if on_loopback else _its_own(port, folder)),
        ]

    return Program("local", DATABASE, command, ready_within=60)


def _loopback(port: int, folder: str) -> list[str]:
    launcher = "org.eclipse.jetty.xml.XmlConfiguration"
    return [launcher, f"port={port}", f"folder={folder}", str(_SERVER)]


def _its_own(port: int, folder: str) -> list[str]:
    main = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"
    return [main, "-port", str(port), "-dbPath", folder, "-sharedDb", "-disableTelemetry"]
