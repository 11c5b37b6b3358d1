"""Asking the people whom cameras film: the questionnaire, their answers, and what these say."""
