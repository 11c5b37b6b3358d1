"""countenance crypto"""
