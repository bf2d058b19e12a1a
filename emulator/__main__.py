"""`python -m emulator` is `dsm-emulator`."""

from emulator.cli.main import main

if __name__ == "__main__":
    main()
