"""The subcommands of `labchat`, one module each."""
