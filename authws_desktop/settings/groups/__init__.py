"""Each setting's type, limits and words, a module for each group of the settings page."""
