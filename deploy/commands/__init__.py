"""The commands that `labchat` gets from here by entry points, a module for each."""
