"""The default way out: one readable file a message under `instance/outbox/`; `make run` also says texts aloud."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...models import Channel
from . import Parcel, Send


class FileAdapter:
    """Writes `outbox/<channel>/<id>.txt`; sending the same parcel again overwrites its file."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.folder = Path(config["INSTANCE"]) / "outbox"
        self.says_texts = config["SMS_ON_CONSOLE"]

    @contextmanager
    def opened(self) -> Iterator[Send]:
        """Nothing needs to be opened."""
        yield self._write

    def _write(self, parcel: Parcel) -> None:
        folder = self.folder / parcel.channel.value
        folder.mkdir(parents=True, exist_ok=True)
        passing = folder / f"{parcel.id}.part"
        passing.write_text(f"收件人：{parcel.address}\n标题：{parcel.subject}\n\n{parcel.body}\n", encoding="utf-8")
        os.replace(passing, folder / f"{parcel.id}.txt")
        if self.says_texts and parcel.channel is Channel.SMS:
            print(f"短信 → {parcel.address}：{' '.join(parcel.body.split())}", flush=True)  # noqa: T201 - for who runs it
