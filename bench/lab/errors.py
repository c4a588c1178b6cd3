class Wrong(Exception):
    """The measured program did not load the expected rows, so its figure is void."""
