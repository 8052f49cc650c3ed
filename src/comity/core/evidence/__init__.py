"""Proof: the Merkle log, checkpoints, proofs of inclusion and consistency, countersignatures, exports."""
