"""The transparency log: Merkle tree, proofs, checkpoints, the custodian's sequencer, the public copy, its audit."""
