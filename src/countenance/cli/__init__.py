"""countenance cli"""
