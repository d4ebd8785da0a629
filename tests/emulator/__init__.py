"""The emulator's own tests, laid out as the emulator is."""
