"""What web apps share: proofs of possession, the guard before every answer, templates, words, the look."""
