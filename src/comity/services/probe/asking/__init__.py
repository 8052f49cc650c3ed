"""What the asker does around an answer: looks up, opens, judges."""
