"""Names compared letter by letter across scripts, with a calibrated probability."""
