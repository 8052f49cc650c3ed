"""The processes of `comity run`."""
