"""Parts of an answer: each says its numbers once, for the eye and for the ear."""
