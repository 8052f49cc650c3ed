"""The private search measured: what it finds, what it takes for somebody else, how many bytes and how fast."""
