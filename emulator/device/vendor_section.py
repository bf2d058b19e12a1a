"""[vendor] of a device profile: what its maker has added to WS-Scan, as the documents let him."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, StrictStr

from emulator.device.profile_sections import Section
from emulator.device.scanner_states import ConditionRule, vendor_rule
from emulator.wsscan.values.configuration import DeviceSettings
from emulator.wsscan.values.status import Component, Severity
from emulator.wsscan.values.vendor import VendorElement

_Word = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=100)]
_Text = Annotated[StrictStr, Field(max_length=255)]


class VendorCondition(Section):
    """[[vendor.conditions]]: a condition of the vendor's own."""

    name: _Word
    """Without the prefix."""
    component: Component = Component.MEDIA_PATH
    severity: Severity = Severity.WARNING
    """Critical stops the scanner; of what is more than Informational the scanner says AttentionRequired."""


class VendorSection(Section):
    """[vendor]. [wscn/extension/keywords] [wscn/extension/elements-at-the-end]"""

    prefix: Annotated[StrictStr, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=50)]
    """Of its names, as messages declare it."""
    namespace: Annotated[StrictStr, Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$", max_length=1000)]
    content_types: tuple[_Word, ...] = ()
    """Keywords behind those of ContentTypesSupported, without the prefix; they are scanned as Mixed is."""
    conditions: tuple[VendorCondition, ...] = ()
    device_settings: dict[_Word, _Text] = Field(default_factory=dict)
    """Elements at the end of DeviceSettings: name -> text."""
    default_ticket: dict[_Word, _Text] = Field(default_factory=dict)
    """Elements at the end of DocumentParameters of the DefaultScanTicket: name -> text."""

    def condition_rules(self) -> Mapping[str, ConditionRule]:
        """The rules of the conditions, by their names with the prefix."""
        return {
            f"{self.prefix}:{each.name}": vendor_rule(each.component, each.severity) for each in self.conditions
        }

    def elements(self, where: Literal["device_settings", "default_ticket"]) -> tuple[VendorElement, ...]:
        """The elements that stand there."""
        return tuple(
            VendorElement(self.prefix, self.namespace, name, text) for name, text in getattr(self, where).items()
        )

    def added(self, settings: DeviceSettings) -> DeviceSettings:
        """The settings with the vendor's keywords and elements."""
        types = (*settings.content_types, *(f"{self.prefix}:{each}" for each in self.content_types))
        return replace(settings, content_types=types, extensions=self.elements("device_settings"))
