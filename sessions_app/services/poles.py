"""Somebody looks at the leads before a drug: the device cannot see a swap."""

from dataclasses import dataclass

from clinic.errors import Refusal
from clinic.models import Site, Staff
from clinic.services.audit import audit_record
from devices.core.programme import Programme
from devices.models import Run, RunChannel
from sessions_app.domain.poles import Lead
from sessions_app.models import PoleConfirmation


@dataclass(frozen=True, slots=True)
class Pad:
    """What one lead must be clipped to: `kind` in words, place, pole."""

    lead: Lead
    kind: str
    place: str
    pole: str

    @property
    def text(self) -> str:
        """``BLACK lead, dexamethasone 0.4 % pad, right lateral epicondyle``."""
        return f"{self.lead.upper()} lead, {self.kind}, {self.place}"


@dataclass(frozen=True, slots=True)
class Pads:
    """The two pads of a run with a drug; the leading drug's pad is `drug`."""

    drug: Pad
    back: Pad


def pads_of(run: Run) -> Pads | None:
    """What has to be looked at before a run; None where no drug is driven in."""
    channel = run.channels.get(index=0)
    if not channel.drug_lead:
        return None
    red_is_anode = Programme.from_dict(run.programme).first_polarity > 0
    drug_lead = Lead(channel.drug_lead)
    other = Lead.BLACK if drug_lead is Lead.RED else Lead.RED
    return Pads(
        _pad(channel, drug_lead, red_is_anode=red_is_anode),
        _pad(channel, other, red_is_anode=red_is_anode),
    )


def _pad(channel: RunChannel, lead: Lead, *, red_is_anode: bool) -> Pad:
    drug = getattr(channel, f"{lead}_drug")
    anode = (lead is Lead.RED) is red_is_anode
    return Pad(
        lead=lead,
        kind=f"{drug} pad" if drug else "return pad",
        place=getattr(channel, f"{lead}_place"),
        pole="anode (+)" if anode else "cathode (−)",
    )


def second_checker_required(site: Site) -> bool:
    """Whether the policy of a site asks for a second look before each drug."""
    return site.policy.get("second_checker") is True


def pads_require(pads: Pads, *, drug: bool, back: bool) -> None:
    """Raise Refusal that names the pad at which nobody looked."""
    for looked, pad, field in (
        (drug, pads.drug, "drug_pad"),
        (back, pads.back, "return_pad"),
    ):
        if not looked:
            raise Refusal(
                field,
                f"Look, then tick: {pad.text}. The stimulator cannot see which way "
                "round the leads are.",
                field=field,
            )


def poles_confirm(*, run: Run, pads: Pads, by: Staff, second: Staff | None) -> None:
    """Note who looked and what they saw; call it with the start request.

    A start that lapsed and is pressed again keeps the first row; each look is in
    the audit trail.
    """
    row, _ = PoleConfirmation.objects.get_or_create(
        run=run,
        defaults={
            "drug_lead": pads.drug.lead.value,
            "drug_place": pads.drug.place,
            "return_lead": pads.back.lead.value,
            "return_place": pads.back.place,
            "by": by,
            "second_by": second,
        },
    )
    audit_record(
        action="poles.confirm",
        subject=row,
        by=by,
        site=run.site,
        data={
            "seen": [pads.drug.text, pads.back.text],
            "second": second.name if second else "",
        },
    )
