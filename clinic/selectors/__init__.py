"""Reads of the clinic package; none needs more than a model manager yet."""
