"""The subcommands of `labchat`."""
