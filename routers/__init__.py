"""How it is spoken: one folder per HTTP door, over the same services."""
