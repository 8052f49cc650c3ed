"""Transfers to other States at the desk: report, status of the parties, emergencies, use before a court."""
