"""The catalogue in the words of other standards."""
