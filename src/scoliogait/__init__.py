"""scoliogait: screening for scoliosis from the way a person walks. Research software, not a medical device."""

__version__ = "0.1.0"
