"""countenance zones repository"""
