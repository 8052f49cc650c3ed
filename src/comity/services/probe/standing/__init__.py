"""Searches that are made again when the partner's index changes, until their case ends."""
