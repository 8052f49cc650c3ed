"""Queries of identification for return: files and requests."""
