"""Courses: what is proposed next for one place, and why.

Pure: no clock, no database. `engine.propose` is the next step, `current` the
current of today, `timing` the next visit by the clock, `sites` the visit of
several places; `replay` gives any of them again from its inputs.
"""
