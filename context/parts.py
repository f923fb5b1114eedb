"""The parts of a content in one neutral form, for every API. A part of an unknown type becomes a text with its JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..stored_json import as_json

if TYPE_CHECKING:
    from ..history import Content, Part

_TEXT_TYPES = frozenset({"text", "input_text", "output_text"})
_LONGEST_JSON = 2000
"""If a format cannot express a part whose JSON is longer, such as an image with its data, only its kind is named."""
_DETAILS = frozenset({"auto", "low", "high"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a content."""

    kind: Literal["text", "refusal", "image", "file", "audio"]
    text: str
    """The text or the refusal. For another part, its JSON or its kind: it replaces the part in formats that cannot express it."""
    fields: dict[str, str] = field(default_factory=dict)
    """The fields that the part has.

    An image may have `url`, `file_id` and `detail`. A file may have `file_id`, `file_data`, `file_url` and `filename`.
    Audio has `data` and `format`.
    """

    @property
    def has_words(self) -> bool:
        """Whether it is more than white space."""
        return self.kind not in ("text", "refusal") or not (self.text == "" or self.text.isspace())


def pieces_of(content: Content) -> list[Piece]:
    """The parts of a content, in order. A plain text is one part."""
    if isinstance(content, str):
        return [Piece("text", content)]
    return [_piece(part) for part in content]


def text_of_pieces(pieces: list[Piece]) -> str:
    """All pieces as one text."""
    return "\n\n".join(piece.text for piece in pieces if piece.text)


def _piece(part: Part) -> Piece:
    kind, text = part.get("type"), part.get("text")
    if isinstance(kind, str) and kind in _TEXT_TYPES:
        if isinstance(text, dict):
            text = text.get("value", "")
        if isinstance(text, str):
            return Piece("text", text)
    if kind == "refusal" and isinstance(part.get("refusal"), str):
        return Piece("refusal", part["refusal"])
    as_text = as_json(part).decode()
    read = {"input_image": _image, "image_url": _image, "input_file": _file, "file": _file, "input_audio": _audio}
    found = read[kind](part) if isinstance(kind, str) and kind in read else None
    if found is None:
        return Piece("text", as_text)
    return Piece(found[0], as_text if len(as_text) <= _LONGEST_JSON else f"[{found[0]}]", found[1])


_Found = tuple[Literal["image", "file", "audio"], dict[str, str]]


def _image(part: Part) -> _Found | None:
    inner = part.get("image_url")
    if isinstance(inner, dict):
        fields = _strings({"url": inner.get("url"), "detail": inner.get("detail")})
    else:
        fields = _strings({"url": inner, "file_id": part.get("file_id"), "detail": part.get("detail") or "auto"})
    if fields.get("detail", "auto") not in _DETAILS:
        del fields["detail"]
    return ("image", fields) if fields.keys() & {"url", "file_id"} else None


def _file(part: Part) -> _Found | None:
    inner = part.get("file") if isinstance(part.get("file"), dict) else part
    fields = _strings({name: (inner or {}).get(name) for name in ("file_id", "file_data", "file_url", "filename")})
    return ("file", fields) if fields.keys() - {"filename"} else None


def _audio(part: Part) -> _Found | None:
    inner = part.get("input_audio")
    fields = _strings(inner) if isinstance(inner, dict) else {}
    is_known = "data" in fields and fields.get("format") in ("wav", "mp3")
    return ("audio", {name: fields[name] for name in ("data", "format")}) if is_known else None


def _strings(values: dict[str, Any]) -> dict[str, str]:
    """The values that are texts and not empty."""
    return {name: value for name, value in values.items() if isinstance(value, str) and value}
