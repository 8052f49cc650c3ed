"""The private search: what is asked, which rules match, the tokens, the index, the answer."""
