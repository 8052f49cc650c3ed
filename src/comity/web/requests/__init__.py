"""Ask a partner for information, after a hit or with a description."""
