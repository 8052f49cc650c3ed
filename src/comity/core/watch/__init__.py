"""What watches those who search: what a justification says, which searches stand out, how many hits are followed up."""
