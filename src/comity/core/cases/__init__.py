"""Cases: what a request, a reply and a refusal say, and the clock that both nodes compute alike."""
