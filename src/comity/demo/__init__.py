"""The demonstration: a Belgian and a Moroccan node on one machine, with fictitious persons only."""
