"""Lambda: functions run by AWS's own runtime interface client behind the real Runtime API."""
