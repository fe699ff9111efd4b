"""Messages in a stream of bytes: whole wherever it is cut, and none longer than allowed."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm_magic.sandbox.wire.encode import WireError
from latm_magic.sandbox.wire.frames import FrameReader, frame


@given(st.lists(st.text(st.characters(codec="ascii")), max_size=5), st.integers(1, 7))
def test_frames_when_cut_anywhere(texts, step):
    """Frames come out whole, wherever the stream of bytes is cut."""
    data = b"".join(map(frame, texts))
    reader = FrameReader(10_000)
    found = []
    for start in range(0, len(data), step):
        reader.feed(data[start : start + step])
        while (content := reader.next()) is not None:
            found.append(content.decode())
    assert found == texts


def test_frame_when_it_announces_too_much():
    """A frame is refused by its announced length, before its content is awaited."""
    reader = FrameReader(10)
    reader.feed(struct.pack(">I", 11))
    with pytest.raises(WireError) as caught:
        reader.next()
    assert caught.value.kind == "size"
