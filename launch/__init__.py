"""Start, watch and stop everything that Iontoclinic needs on one machine.

Standard library only: this package runs before anything is installed.
"""
