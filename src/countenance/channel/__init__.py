"""countenance channel"""
