"""countenance log"""
