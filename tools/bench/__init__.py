"""`./workshop bench`: how fast it is, beside Node, nginx, Redis and others on the same work."""
