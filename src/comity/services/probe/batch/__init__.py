"""Many searches in one case, from a file, each asked and counted once however often the run is stopped."""
