"""Words inside a thread, correction, restriction, consent, and what is outstanding."""
