"""REST interface for national case systems."""
