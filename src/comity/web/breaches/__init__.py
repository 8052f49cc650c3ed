"""Breaches at the desk: written down, told to authority and partners, closed."""
