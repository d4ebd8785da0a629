"""One file for each operation or small family of them; each names the services it needs."""
