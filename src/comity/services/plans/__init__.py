"""Action plans: draft and sign, follow up with the partner, and report from the exchanges themselves."""
