"""A client of the server: stays connected, renews its token, and tells what became of each message.

It needs `websockets` and nothing else, and is published on its own as `authws_client`; so its modules import
each other by relative names and nothing of the program.
"""

from .client import Client
from .errors import ClientError, Ended, HttpFailure, MessageTooBig, QueueFull, SendRefused, Unsure
from .policy import Backoff, Next, after_close, after_refusal
from .sending import Sent
from .state import State

__all__ = [
    "Backoff",
    "Client",
    "ClientError",
    "Ended",
    "HttpFailure",
    "MessageTooBig",
    "Next",
    "QueueFull",
    "SendRefused",
    "Sent",
    "State",
    "Unsure",
    "after_close",
    "after_refusal",
]
