"""`python -m emulator` is `labchat`."""

from emulator.cli import main


if __name__ == "__main__":
    main()
