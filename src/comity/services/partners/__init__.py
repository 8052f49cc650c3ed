"""The services this node works with: their cards, keys and states."""
