"""What follows from exchanges: plans, texts that did not leave, conclusions. A system reads; a person decides at the desk."""
