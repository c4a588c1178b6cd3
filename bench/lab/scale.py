"""The size of the input."""

SCALES = ["tiny", "small", "full", "large"]
FACTORS = {"tiny": 0.002, "small": 0.1, "full": 1, "large": 1}


class Scale:
    def __init__(self, name):
        self.name = name
        self.factor = FACTORS[name]
        self.is_tiny = name == "tiny"
        self.is_large = name == "large"
        self.times = 1 if self.is_tiny else 3

    def __call__(self, count, least=1):
        """Scales a count of the full benchmark, with a minimum of `least`."""
        return max(least, round(count * self.factor))
