"""The wire contract: messages in both directions, codes and limits. Pure values, no I/O.

The contract is versioned by `PROTOCOL_VERSION`; the fields that clients of version 1 read never
change their name, type or meaning, everything else is additive.
"""

PROTOCOL_VERSION = 2
