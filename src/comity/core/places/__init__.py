"""Places of birth: a gazetteer of Belgium, Morocco and where their people are born, in every language of the files."""
