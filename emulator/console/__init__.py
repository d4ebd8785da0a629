"""The developer console: what runs here, for people."""
