"""The HTTP side: routes, their answers, and the pages."""
