"""The workshop command: one module per thing it can do. Standard library only."""
