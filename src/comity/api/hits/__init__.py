"""Hit reports over REST."""
