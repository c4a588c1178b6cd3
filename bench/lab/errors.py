class Wrong(Exception):
    """What was measured did not do its work, so its figure means nothing."""
