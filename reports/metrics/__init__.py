"""One file per metric: its definition in words, its SELECT, its evidence SELECT, its pure sum."""
