"""Texts that the law did not let leave, for who wrote them; true grounds, for who oversees."""
