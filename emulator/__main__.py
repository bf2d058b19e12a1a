"""`python -m emulator` is `dsm-emulator`."""

import sys


def main() -> None:
    """Run the command line. Ctrl-C is told in a line, also while its modules are still being imported."""
    try:
        from emulator.cli.main import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        if "--json" in sys.argv:
            sys.stdout.write('{"exit_code": 130, "error": "interrupted", "hint": null}\n')
        sys.exit(130)


if __name__ == "__main__":
    main()
