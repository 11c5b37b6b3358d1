"""The portal: where anybody may see where cameras are, ask what is held about them, and have it deleted."""
