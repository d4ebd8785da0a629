"""The chat: everything its Lambda functions share. Knows nothing of the emulator."""
