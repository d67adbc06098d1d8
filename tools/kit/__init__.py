"""Exercises: what a student gets, how it is checked, and how the checks themselves are checked."""
