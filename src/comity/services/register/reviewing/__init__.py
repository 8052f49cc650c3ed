"""Reviews of what is about to end: who is due, and the decision to keep it longer."""
