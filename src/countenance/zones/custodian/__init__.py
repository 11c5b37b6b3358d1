"""countenance zones custodian"""
