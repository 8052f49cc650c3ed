"""Time: extensions and reasons of lateness for a case, the statistics of an agreement."""
