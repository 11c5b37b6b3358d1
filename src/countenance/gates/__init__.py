"""Gates: verification where the traveller holds the reference, and the lane without a face beside it."""
