"""What is said inside a thread beside request, reply and refusal."""
