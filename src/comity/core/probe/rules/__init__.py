"""The rules of the private search: from a description to tokens."""
