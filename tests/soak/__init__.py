"""The long proofs, run by `make soak`."""
