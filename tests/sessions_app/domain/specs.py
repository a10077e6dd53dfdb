"""Four whole protocols that the tests of the cores start from.

They stand still whatever the catalogue says: two tap-water treatments, a drug by
charge under the cathode, a drug by time under the anode.
"""

from dataclasses import replace

from devices.core.parts import Basis, Holds, Pulse, Waveform
from sessions_app.domain.poles import IonSign, Pole
from sessions_app.domain.protocol import (
    Ages,
    Areas,
    Carriage,
    Continuation,
    Continue,
    Counting,
    Course,
    Currents,
    DensityLimits,
    Drug,
    PathClass,
    ProtocolSpec,
    Schedule,
)

MINUTE_MS = 60_000
DEXAMETHASONE = Drug(
    code="dexamethasone",
    name="dexamethasone sodium phosphate",
    concentration="0.4 %",
    sign=IonSign.ANION,
    pole=Pole.CATHODE,
    carriage=Carriage.MIGRATION,
    max_ua=None,
    child_max_ua=None,
    sessions_per_site=None,
)
PILOCARPINE = replace(
    DEXAMETHASONE,
    code="pilocarpine",
    name="pilocarpine nitrate",
    concentration="0.5 %",
    sign=IonSign.CATION,
    pole=Pole.ANODE,
)
LIDOCAINE = replace(
    PILOCARPINE, code="lidocaine", name="lidocaine", concentration="4 %"
)

PALM = ProtocolSpec(
    code="HH-PALM",
    title="Palms, tap water",
    indications=("L74.512",),
    body_sites=("both palms",),
    basis=Basis.TIME,
    waveform=Waveform.DC,
    pulse=None,
    reversal=True,
    currents=Currents(
        start_ua=0,
        floor_ua=0,
        target_ua=10_000,
        max_ua=15_000,
        step_up_ua=1_000,
        dwell_ms=5_000,
        slope_ua_per_s=500,
    ),
    course=Course(
        flow_ms=20 * MINUTE_MS,
        max_flow_ms=20 * MINUTE_MS,
        max_wall_ms=60 * MINUTE_MS,
        flow_floor_ua=1_000,
        dose_nc=None,
        ramp_up_ms=15_000,
        end_ramp_ms=15_000,
        stop_ramp_ms=2_000,
    ),
    drugs=(),
    density=DensityLimits(200, 200),
    ages=Ages(floor=6, adult=18, child_max_ua=10_000),
    holds=Holds(max_hold_ms=600_000, max_holds=3, max_lead_offs=3),
    counting=Counting(100, 750, 1_100),
    continuation=Continuation(Continue.SAME_VISIT, 1_800_000, None),
    path=PathClass.LIMB_TO_LIMB,
    areas=Areas(3_000, 3_000),
    schedule=Schedule(10, 20, 5, 1, 4, ()),
    steps=None,
    adjuncts=(),
    sample_hz=4,
    sources=(),
)
PULSED = replace(
    PALM,
    code="HH-PULSE",
    waveform=Waveform.PULSED,
    pulse=Pulse(10_000, 500),
    reversal=False,
)
TENDON = replace(
    PALM,
    code="LE-DEX40",
    title="Epicondylitis",
    basis=Basis.CHARGE,
    reversal=False,
    currents=Currents(500, 500, 4_000, 4_000, 500, 5_000, 500),
    course=Course(
        flow_ms=0,
        max_flow_ms=25 * MINUTE_MS,
        max_wall_ms=60 * MINUTE_MS,
        flow_floor_ua=250,
        dose_nc=2_400_000_000,
        ramp_up_ms=30_000,
        end_ramp_ms=30_000,
        stop_ramp_ms=2_000,
    ),
    drugs=(DEXAMETHASONE,),
    density=DensityLimits(1_000, 500),
    ages=Ages(floor=18, adult=18, child_max_ua=None),
    path=PathClass.LIMB,
    areas=Areas(300, 300),
)
SWEAT = replace(
    PALM,
    code="SWEAT-CF",
    title="Sweat test",
    basis=Basis.EVENT,
    reversal=False,
    currents=Currents(1_500, 1_500, 1_500, 1_500, 0, 0, 500),
    course=Course(
        flow_ms=5 * MINUTE_MS,
        max_flow_ms=5 * MINUTE_MS,
        max_wall_ms=40 * MINUTE_MS,
        flow_floor_ua=1_000,
        dose_nc=None,
        ramp_up_ms=20_000,
        end_ramp_ms=20_000,
        stop_ramp_ms=2_000,
    ),
    drugs=(PILOCARPINE,),
    density=DensityLimits(500, 500),
    ages=Ages(floor=0, adult=18, child_max_ua=None),
    continuation=Continuation(Continue.NEVER, None, None),
    path=PathClass.LIMB,
    areas=Areas(700, 700),
)
SPECS = {spec.code: spec for spec in (PALM, PULSED, TENDON, SWEAT)}
