"""Pure rules: no input or output, no clock, no randomness that is not passed in. Importable without Django."""
