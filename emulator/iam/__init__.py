"""IAM: who is calling. Access keys for people and functions, and Signature Version 4."""
