"""Builds a layer of an index piece by piece, in memory that does not grow with the register, and goes on after a crash."""
