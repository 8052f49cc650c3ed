"""The private search: publish an index, fetch a partner's, ask, answer, resolve a reference."""
