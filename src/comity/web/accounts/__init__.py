"""Sign in, second factor, recovery codes, language, sign out."""
