"""The private search over REST: one person, several persons, and standing searches."""
