"""Countenance: a face-recognition system that answers to the faces."""
