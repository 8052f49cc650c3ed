"""Readers of the file formats: pure, over hostile bytes; every row becomes a record or a refusal with its reason."""
