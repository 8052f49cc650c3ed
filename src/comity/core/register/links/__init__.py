"""Links between entries of one's own register: what a link says, and how far anybody may follow it."""
