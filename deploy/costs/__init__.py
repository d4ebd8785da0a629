"""What the chat costs on AWS: prices as data, traffic as arithmetic."""
