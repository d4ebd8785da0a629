"""AWS::Logs::LogGroup as a `LogGroup`, and what functions say about their logs."""

from emulator.errors import UsageError
from emulator.template.model import RETENTION_DAYS, LoggingConfig, LogGroup
from emulator.template.physical import Physical
from emulator.template.reader import Reader


NO_EFFECT = {"DataProtectionPolicy", "FieldIndexPolicies", "KmsKeyId", "LogGroupClass", "Tags"}

FORMATS = ("Text", "JSON")
APPLICATION_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
SYSTEM_LEVELS = ("DEBUG", "INFO", "WARN")


def log_group(reader: Reader, known: Physical) -> LogGroup:
    """Build the log group."""
    reader.get("LogGroupName")
    days = int(reader.number("RetentionInDays", 0))
    if days and days not in RETENTION_DAYS:
        choices = ", ".join(map(str, sorted(RETENTION_DAYS)))
        raise UsageError(f"{reader.where}: RetentionInDays must be one of {choices}.")
    reader.finish(NO_EFFECT)
    return LogGroup(reader.resource.logical_id, known.ref, days or None)


def logging_config(reader: Reader, default_group: str) -> tuple[str, LoggingConfig]:
    """A function's log group and the form of what goes there."""
    section = reader.section("LoggingConfig")

    def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = str(section.get(name, default))
        if value not in allowed:
            raise UsageError(
                f"{reader.where}: LoggingConfig.{name} must be one of {', '.join(allowed)}."
            )
        return value

    config = LoggingConfig(
        choice("LogFormat", "Text", FORMATS),
        choice("ApplicationLogLevel", "INFO", APPLICATION_LEVELS),
        choice("SystemLogLevel", "INFO", SYSTEM_LEVELS),
    )
    levels = {"ApplicationLogLevel", "SystemLogLevel"} & section.keys()
    if levels and not config.json:
        raise UsageError(
            f"{reader.where}: {' and '.join(sorted(levels))} of LoggingConfig need LogFormat: JSON."
        )
    return str(section.get("LogGroup", default_group)), config
