"""How it is written: bytes to types and back, canonical, without input or output."""
