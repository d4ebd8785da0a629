"""The commands that join `labchat` by entry points, a module for each."""
