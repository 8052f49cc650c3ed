"""Give information unasked, and pass on what a partner said."""
