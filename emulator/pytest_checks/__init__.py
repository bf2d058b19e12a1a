"""What the plugin of pytest collects with --dsm-check-server and --dsm-check-device: the checks of the judge."""
