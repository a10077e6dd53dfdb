"""Adoptions of the demo clinic: values for simulated patients, and said so."""

from clinic.models import Site, Staff
from sessions_app.catalogue import simulated_adoptions
from sessions_app.models import ProtocolAdoption
from sessions_app.selectors.catalogue import adoptions_standing, protocol_newest
from sessions_app.services.adopting import protocol_adopt

SOURCE = "Demo: simulated patients only"


def demo_adopt(*, site: Site, code: str, by: Staff) -> ProtocolAdoption:
    """What stands at the site, else the newest version with the simulated values.

    A restricted path still waits for its second prescriber. Raises LookupError
    for a code that is not published.
    """
    standing = adoptions_standing(site=site).get(code)
    if standing is not None:
        return standing
    protocol = protocol_newest(code)
    if protocol is None:
        raise LookupError(f"{code} is not published; load the catalogue first")
    return protocol_adopt(
        site=site,
        protocol=protocol,
        by=by,
        entered=simulated_adoptions()[code].entered,
        source=SOURCE,
        is_demo=True,
    )
