"""Framed messages between the processes of a deployment, over Unix sockets; both ends."""
