"""Hit reports: what was found and done on what a partner gave."""
