"""The parts of ticket resolution, one family of settings a module; `emulator.wsscan.resolution` is the door."""
