"""What lets a node come back after a loss: copies of its database, the journal of erasures."""
