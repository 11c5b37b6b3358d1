"""countenance video"""
