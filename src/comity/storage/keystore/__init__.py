"""Where the private keys are kept, and how they are kept from leaving."""
