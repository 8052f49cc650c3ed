"""The threads an officer works on: owner, clock, what is new."""
