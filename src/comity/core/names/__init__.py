"""Names of people across scripts: one letter form, units, and consonant skeletons shared by Arabic and Latin."""
