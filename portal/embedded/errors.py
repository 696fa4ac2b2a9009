"""What can go wrong with the bundled servers, said so that the reader can act on it."""


class ServersError(Exception):
    """The bundled servers cannot be had; the message says why and what to do."""
