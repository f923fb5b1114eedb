"""How many images a request may have, and how large they may be: the rules of the APIs, and requests that keep them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Part = dict[str, Any]
_MIB = 2**20
_LEFT_OUT = "[An image is left out: the request has as many, or as large ones, as its API takes.]"
_PLACES = ("content", "output")


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The limits of one API. Bytes are those of base64 texts: an image that is named by its address has none."""

    kinds: frozenset[str]
    text_type: str
    """The type of the part that stands in place of an image."""
    most: int
    most_bytes_of_one: int
    most_bytes: int


def _of_openai(kind: str, text_type: str) -> ImageLimits:
    # OpenAI's guide to images: "Up to 500 individual images per request", "Up to 50 MB image bytes per request". The bytes of
    # one image have no other limit today.
    return ImageLimits(frozenset({kind}), text_type, 500, 50 * _MIB, 50 * _MIB)


CHAT_IMAGES = _of_openai("image_url", "text")
RESPONSES_IMAGES = _of_openai("input_image", "input_text")
# Refusals: "too many images and documents: 120 + 0 > 100"; "image exceeds 5 MB maximum: 6500712 bytes > 5242880 bytes".
# A request has at most 32 MB, of which 30 MiB are left for images and documents.
ANTHROPIC_IMAGES = ImageLimits(frozenset({"image", "document"}), "text", 100, 5 * _MIB, 30 * _MIB)


def broken_image_rules(messages: Sequence[Any], limits: ImageLimits) -> Iterator[str]:
    """A sentence for each limit that the images of a request exceed."""
    sizes = [_size(image) for image in _images(messages, limits)]
    if len(sizes) > limits.most:
        yield f"{len(sizes)} images are more than {limits.most}"
    if max(sizes, default=0) > limits.most_bytes_of_one:
        yield f"an image is larger than {limits.most_bytes_of_one:,} bytes"
    elif sum(sizes) > limits.most_bytes:
        yield f"the images are larger than {limits.most_bytes:,} bytes together"


def with_fewer_images(messages: list[Part], limits: ImageLimits) -> list[Part]:
    """The same messages, if their images keep the limits. Else copies, with a text in place of the oldest and the largest ones."""
    has_parts = [message for message in messages if isinstance(message.get("content") or message.get("output"), list)]
    if not has_parts or next(broken_image_rules(messages, limits), None) is None:
        return messages
    room = _Room(limits)
    return [room.bounded(message) for message in reversed(messages)][::-1]


class _Room:
    """The images that a request may still have, from its end to its beginning."""

    def __init__(self, limits: ImageLimits) -> None:
        self._limits = limits
        self._images, self._bytes = limits.most, limits.most_bytes

    def bounded(self, holder: Part) -> Part:
        """A message or a result, without the images for which there is no room."""
        lists = {place: holder[place] for place in _PLACES if isinstance(holder.get(place), list)}
        if not lists:
            return holder
        return holder | {place: [self._part(part) for part in reversed(parts)][::-1] for place, parts in lists.items()}

    def _part(self, part: Any) -> Any:
        if not isinstance(part, dict):
            return part
        if part.get("type") not in self._limits.kinds:
            return self.bounded(part)
        size = _size(part)
        if self._images == 0 or size > min(self._bytes, self._limits.most_bytes_of_one):
            return {"type": self._limits.text_type, "text": _LEFT_OUT}
        self._images -= 1
        self._bytes -= size
        return part


def _images(holders: Sequence[Any], limits: ImageLimits) -> Iterator[Part]:
    for holder in holders:
        if not isinstance(holder, dict):
            continue
        for place in _PLACES:
            parts = holder.get(place)
            if not isinstance(parts, list):
                continue
            for part in parts:
                if isinstance(part, dict) and part.get("type") in limits.kinds:
                    yield part
            yield from _images(parts, limits)


def _size(image: Part) -> int:
    """The characters of the base64 text of an image, 0 if it has none."""
    found: Any = image.get("image_url") or image.get("source")
    if isinstance(found, dict):
        found = found.get("data") or found.get("url")
    return len(found) if isinstance(found, str) and not found.startswith(("http:", "https:")) else 0
