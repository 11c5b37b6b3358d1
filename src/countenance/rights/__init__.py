"""The rights of the people in front of cameras, as far as they are nobody's secret: pure, no zone's own."""
