"""What every operation takes and refuses alike: bodies, parameters."""
