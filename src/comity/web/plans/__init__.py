"""Action plans: how they stand, their follow-up, and the printed form for a working visit."""
