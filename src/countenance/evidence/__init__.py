"""countenance evidence"""
