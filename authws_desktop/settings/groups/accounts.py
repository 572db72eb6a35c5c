"""Who may have an account, whose tokens count, and where accounts are stored."""

from functools import partial
from typing import Annotated, Literal

from authws_desktop.settings.checks import key_place
from authws_desktop.settings.described import described

_accounts = partial(described, "Accounts")

Registration = Annotated[
    Literal["open", "invite", "approval", "closed"],
    _accounts(
        "Registration",
        "Who may make an account: anyone who reaches the server, whoever has an invitation, "
        "whomever you approve, or nobody.",
        words={
            "open": "Open: anyone who reaches the server",
            "invite": "Invite: whoever has an invitation code",
            "approval": "Approval: you accept each newcomer",
            "closed": "Closed: only you make accounts",
        },
    ),
]
ForeignTokens = Annotated[
    Literal["off", "known", "anyone"],
    _accounts(
        "Tokens of your backend",
        "Let in who has a token of another issuer: off; known: who has an account here; anyone.",
        words={"known": "Of people with an account", "anyone": "Of anyone"},
    ),
]
ForeignKeys = Annotated[
    str,
    _accounts(
        "Keys of those tokens",
        "Empty: HS256 with this server's secret. Or public keys: a PEM or JWKS file, or a JWKS URL.",
        max_length=4096,
        check=key_place,
    ),
]
MinPassword = Annotated[
    int,
    _accounts(
        "Shortest password",
        "Holds for passwords that are set from now on; under 8 they are easily guessed.",
        "characters",
        ge=4,
        le=64,
    ),
]
AuditKeepDays = Annotated[
    int,
    _accounts(
        "Keep the audit for",
        "What was done to accounts, and by whom, is forgotten after so long.",
        "days",
        ge=1,
        le=3650,
    ),
]
DatabaseUrl = Annotated[
    str,
    _accounts(
        "Database address",
        "Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.",
        max_length=1000,
        live=False,
    ),
]
