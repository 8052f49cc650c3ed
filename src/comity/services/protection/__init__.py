"""What follows information to whoever holds it: correction, restriction, recall, erasure, chased until they are done."""
