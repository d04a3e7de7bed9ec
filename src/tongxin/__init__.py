"""Running a city's outbreak response, from the swab to the lifted restriction."""

__version__ = "0.1.0"
