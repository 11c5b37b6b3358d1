"""The command line: one file a verb group, loaded only when its verb is used."""
