"""The command line: one module a command, no logic; everything heavy is imported when a command runs."""
