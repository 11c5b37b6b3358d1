"""Evaluation: how often an extractor is wrong, with bounds (ISO/IEC 19795)."""
