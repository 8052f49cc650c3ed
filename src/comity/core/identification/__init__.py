"""Identification for return: what a request must say, what an answer may say, and the files that go with them."""
