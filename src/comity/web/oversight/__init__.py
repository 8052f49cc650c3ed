"""Look into an exchange: replay it, take a bundle of it, draw a sample of searches; each with a reason."""
