"""Who a service is: its card, the words of its fingerprint, how a renewed card succeeds."""
