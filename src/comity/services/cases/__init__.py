"""Cases: request after a hit, inbox with clock, answer by a named person, refusal with a ground from the closed list."""
