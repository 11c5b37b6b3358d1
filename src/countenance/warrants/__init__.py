"""countenance warrants"""
