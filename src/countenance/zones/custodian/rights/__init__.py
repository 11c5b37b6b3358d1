"""What people ask at the door, as the custodian keeps and answers it."""
