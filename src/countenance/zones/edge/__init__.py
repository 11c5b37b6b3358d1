"""countenance zones edge"""
