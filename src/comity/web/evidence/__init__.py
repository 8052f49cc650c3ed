"""How far the evidence is covered, and whether it is intact."""
