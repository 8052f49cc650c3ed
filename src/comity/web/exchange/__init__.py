"""How messages stand with each partner, for who runs the node or leads the desk; fetching after a restore."""
