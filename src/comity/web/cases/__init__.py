"""One case: what was asked, what was answered, its clock, its timeline, who holds it."""
