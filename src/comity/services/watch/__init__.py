"""Watches searches: what is remembered of each, what stands out and who settles it, how hits are followed up."""
