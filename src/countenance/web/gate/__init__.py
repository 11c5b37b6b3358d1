"""A gate's kiosk: its page for travellers and its page for officers, in the edge process that has the camera."""
