"""How functions of each language are made ready and started: one module for each."""
