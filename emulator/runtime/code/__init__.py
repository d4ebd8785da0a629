"""From what a template names to the folders that functions run in."""
