"""Read the agreements: which stand, what each clause permits."""
