"""Comity: services of two or more countries cooperate under a signed agreement, without a shared database."""

__version__ = "0.1.0"
