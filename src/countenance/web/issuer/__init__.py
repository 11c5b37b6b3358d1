"""The issuer's one address, at which invitations to a survey are signed for browsers, blind."""
