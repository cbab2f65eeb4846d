"""xlsx sheets: how large they are, the cells that need a second look, and the careful reading."""
