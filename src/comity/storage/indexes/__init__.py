"""Queries on the layers of the indexes of the private search."""
