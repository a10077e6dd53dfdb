"""What a trial of a row shows, against what the row says."""

from collections.abc import Iterator
from statistics import median

from clinic.quantities import clock_text, ma_min_text, ma_text
from devices.core import trace_codec
from devices.core.parts import Waveform, peak_ua
from devices.core.programme import Programme
from devices.core.reading import Phase, Reading
from sessions_app.catalogue import SimulatedAdoption, published_entries
from sessions_app.demo.clinician import Treated
from sessions_app.demo.trials import Trial
from sessions_app.domain.places import path_allows, path_of
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import Drug, ProtocolSpec

# A measured peak may differ from the planned one by noise.
PEAK_PERMILLE = 50


def line(trial: Trial) -> str:
    """``"LE-DEX40      complete by charge: 40.00 of 40.00 mA·min ..."``."""
    if trial.treated is None:
        return f"{trial.tried.code:<12}  NOT TREATED: {trial.failure}"
    return f"{trial.tried.code:<12}  {_says(trial.tried.spec, trial.treated)}"


def _says(spec: ProtocolSpec, treated: Treated) -> str:
    dose, channel = treated.dose, treated.run.channels.get(index=0)
    drugs = ", ".join(
        f"{drug.code} under the {drug.pole} on {_lead(drug)}" for drug in spec.drugs
    )
    reversal = "reversed at half time" if spec.reversal else "no reversal"
    places = f"{channel.red_place} (red) to {channel.black_place} (black)"
    return (
        f"{dose.completeness} by {dose.basis}: {ma_min_text(dose.confirmed_nc, 2)} of"
        f" {ma_min_text(dose.prescribed_nc, 2)} mA·min, {clock_text(dose.flow_ms)},"
        f" {ma_text(dose.tolerated_ua)}; {drugs or 'no drug'}; {spec.waveform},"
        f" {reversal}; {spec.path}: {places}"
    )


def _lead(drug: Drug) -> str:
    return "red" if drug.pole is Pole.ANODE else "black"


def faults(trial: Trial) -> list[str]:
    """What does not hold in a trial; empty when the row was kept."""
    if trial.treated is None:
        return [f"{trial.tried.code}: {trial.failure}"]
    return [
        f"{trial.tried.code}: {text}"
        for text in (
            *_end_faults(trial.treated),
            *_pole_faults(trial.tried.spec, trial.treated),
            *_wave_faults(trial.tried, trial.treated),
            *_path_faults(trial.tried),
        )
    ]


def _end_faults(treated: Treated) -> Iterator[str]:
    dose, run = treated.dose, treated.run
    if dose.completeness != "complete":
        yield f"ended {dose.completeness} by {dose.basis}, {run.end_reason}"
    if dose.basis != Programme.from_dict(run.programme).basis.value:
        yield f"recorded by {dose.basis}, not by what ends its programme"
    if run.trace.gaps or not dose.counter_agrees:
        yield "the trace has gaps or disagrees with the stimulator's counter"
    if run.read_back_hash != run.programme_hash:
        yield "the programme was read back otherwise"


def _pole_faults(spec: ProtocolSpec, treated: Treated) -> Iterator[str]:
    """As measured: red is the anode while the current is positive."""
    dose, channel = treated.dose, treated.run.channels.get(index=0)
    reversed_nc = dose.black_anode_nc
    if spec.reversal is not (reversed_nc > 0):
        yield f"{ma_min_text(reversed_nc, 2)} mA·min flowed the other way round"
    for drug in spec.drugs:
        if drug.text not in getattr(channel, f"{_lead(drug)}_drug"):
            yield f"{drug.text} did not lie under the {drug.pole}"
    if spec.drugs and dose.pole_evidence != "confirmed":
        yield f"the poles are {dose.pole_evidence}"


def _wave_faults(tried: SimulatedAdoption, treated: Treated) -> Iterator[str]:
    programme = Programme.from_dict(treated.run.programme)
    says = published_entries()[tried.code].figures["waveform"]
    known = says if isinstance(says, tuple) else (says,)
    if says is not None and programme.waveform.value not in known:
        yield f"the row says {says}, the programme {programme.waveform}"
    expected = [peak_ua(one.mean_ua or 0, programme.pulse) for one in _level(treated)]
    measured = [one.peak_ua or 0 for one in _level(treated)]
    want, got = median(expected), median(measured)
    if abs(got - want) * 1000 > PEAK_PERMILLE * want:
        wave = Waveform(programme.waveform)
        yield f"peaks of {got} µA where {wave} has {want} µA"


def _level(treated: Treated) -> list[Reading]:
    trace = treated.run.trace
    columns = trace_codec.unseal(bytes(trace.blob), trace.sha256, trace.codec)
    return [one for one in columns.readings() if one.phase is Phase.PLATEAU]


def _path_faults(tried: SimulatedAdoption) -> Iterator[str]:
    active, opposite = tried.active, tried.opposite
    path = path_of(active.region, active.side, opposite.region, opposite.side)
    if path is None or not path_allows(tried.spec.path, path):
        yield f"the current takes the path {path}, adopted was {tried.spec.path}"
