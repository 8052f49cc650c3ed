"""The check of what leaves: by mark and by value, with the true ground sealed and the text kept."""
