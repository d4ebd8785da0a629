"""From handlers/ to one zip file for each function, the same on every machine."""
