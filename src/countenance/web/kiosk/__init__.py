"""The kiosk's page: somebody asks about themselves with their face, at a desk, beside the edge that captures it."""
