"""The bar that says, as long as that lasts, that connections are broken on purpose."""

from __future__ import annotations

from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.words import counted
from authws_desktop.panels.lab.fault_targets import target_words
from authws_desktop.protocol.fault_messages import ActiveFaults
from authws_desktop.server.service import Service


class FaultBar(NoticeBar):
    """Names every fault and ends all of them; it cannot be put away while there is one.

    Args:
        theme: Colours and icons.
        service: The server.
    """

    def __init__(self, theme: Theme, service: Service) -> None:
        super().__init__(theme)
        self._service = service
        self._shown: list[ActiveFaults] = []
        # Whoever forgot what was switched on would look for the mistake elsewhere.
        self.close_button.hide()

    def refresh(self) -> None:
        """Show the faults that are on now."""
        active = self._service.faults.active
        if active == self._shown:
            return
        self._shown = active
        if not active:
            self.clear()
            return
        lines = "\n".join(self._line(each) for each in active)
        text = self.tr("Connections are broken on purpose.")
        self.show_notice(f"{text}\n{lines}", NoticeKind.WARN, self.tr("End faults"), self._end)

    def _line(self, active: ActiveFaults) -> str:
        count = counted(active.connections, "%n connection", "%n connections")
        return f"{target_words(active.target)}: {active.text} ({count})"

    def _end(self) -> None:
        self._service.faults.clear()
        self.refresh()
