"""What people see in a browser: one package an app, each a process of its own, and the kit that they share."""
