"""Matching: whether two descriptions are the same person, as a calibrated and explained probability."""
