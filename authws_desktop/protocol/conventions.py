"""What the web client understands in `content` besides words; to the server it is any JSON."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

_POLL_ID = Meta(
    description="The poll's, chosen by who asks.",
    examples=["p1"],
    extra_json_schema={"minLength": 1, "maxLength": 64},
)
_Text = Annotated[
    str | UnsetType,
    Meta(description="The same in words, for clients that know none of this.", examples=["In words."]),
]


class HandContent(msgspec.Struct, tag="hand", tag_field="kind"):
    """Raises the sender's hand, or takes it down; hosts see hands in their order."""

    raised: Annotated[bool, Meta(description="Left out: raised.", examples=[True])] = True
    text: _Text = UNSET


class PollContent(msgspec.Struct, tag="poll", tag_field="kind"):
    """Asks everyone; the bars fill in with the votes."""

    id: Annotated[str, _POLL_ID]
    question: Annotated[
        str, Meta(examples=["When do we eat?"], extra_json_schema={"minLength": 1, "maxLength": 500})
    ]
    options: Annotated[
        list[Annotated[str, Meta(extra_json_schema={"minLength": 1, "maxLength": 100})]],
        Meta(examples=[["At 8", "At 9"]], extra_json_schema={"minItems": 2, "maxItems": 10}),
    ]
    text: _Text = UNSET


class VoteContent(msgspec.Struct, tag="vote", tag_field="kind"):
    """Answers a poll. Each user has one vote, the last."""

    poll: Annotated[str, _POLL_ID]
    option: Annotated[
        int,
        Meta(
            description="Index of the option.",
            examples=[0],
            extra_json_schema={"minimum": 0, "maximum": 9},
        ),
    ]
    text: _Text = UNSET


class ImageContent(msgspec.Struct, tag="image", tag_field="kind"):
    """A picture, where the host wants them (`images` of the status)."""

    data: Annotated[
        str,
        Meta(
            description="A `data:` URL of image/jpeg, image/png or image/webp in base64. The web client "
            "sends at most 1,280 pixels and 300 kB.",
            examples=["data:image/png;base64,iVBORw0KGgo="],
            extra_json_schema={"maxLength": 420_000},
        ),
    ]
    width: Annotated[int, Meta(description="Pixels.", examples=[640], extra_json_schema={"minimum": 1})]
    height: Annotated[int, Meta(description="Pixels.", examples=[480], extra_json_schema={"minimum": 1})]
    text: _Text = UNSET


CONVENTIONS: tuple[type[msgspec.Struct], ...] = (HandContent, PollContent, VoteContent, ImageContent)
