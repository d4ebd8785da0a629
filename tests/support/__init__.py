"""What several test folders share: a running server and the people who use it."""
