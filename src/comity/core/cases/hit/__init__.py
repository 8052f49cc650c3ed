"""What was done with a hit or with information, told to the service that it came from."""
