"""The public register as static pages: made from the signed record alone, for any web server, or for none."""
