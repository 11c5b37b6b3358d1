"""The approval origin: the small process in front of which people approve, review and order, with their own keys."""
