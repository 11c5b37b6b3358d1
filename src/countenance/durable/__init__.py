"""countenance durable"""
