"""One file per metric: its definition in words, its SELECT, the SELECT of its evidence, and its sum."""
