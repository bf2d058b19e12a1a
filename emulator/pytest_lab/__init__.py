"""What the plugin of pytest gives to tests (emulator/pytest_plugin.py)."""
