"""countenance matching"""
