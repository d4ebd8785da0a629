"""What brings the chat to AWS and looks after what it has stored there and here."""
