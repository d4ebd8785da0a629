"""The commands that join `labchat`."""
