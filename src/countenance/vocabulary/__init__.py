"""What we speak of: frozen types, standard library only."""
