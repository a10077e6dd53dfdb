"""The verbs of the protocol, each with the rules of docs/protocol.md."""

from typing import Any

from devices.core.reading import Phase
from devices.core.validation import BUFFER_SAMPLES
from devices.protocol.canonical import programme_hash
from devices.protocol.device import DeviceSession
from devices.protocol.errors import ErrorCode, ProtocolError
from devices.protocol.messages import (
    ARM_MS,
    CONTROL,
    MAX_AHEAD_MS,
    MAX_READ,
    STOP_CAUSES,
)
from devices.simulator.acceptance import accept
from devices.simulator.machine import Machine, Staged
from devices.simulator.therapy import GOING_DOWN, Therapy

Json = dict[str, Any]

# These do nothing without the fence in control; all but keepalive are replayed.
_FENCED = frozenset(
    {"stage", "unstage", "arm", "kickoff", "keepalive", "adjust", "hold", "resume"}
)
_REPLAYED = _FENCED - {"keepalive"}


class Verbs:
    """`devices.protocol.device.Handler` of one machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def handle(self, session: DeviceSession, verb: str, params: Json) -> Json:
        machine = self._machine
        machine.advance()
        if verb in _FENCED:
            self._check_fence(session, verb, params["fence"])
        if verb not in _REPLAYED:
            return self._do(session, verb, params)
        command = params["command"]
        if command in machine.answers:
            return _replay(verb, command, *machine.answers[command])
        try:
            answer = self._do(session, verb, params)
        except ProtocolError as error:
            machine.remember_answer(command, verb, error)
            raise
        machine.remember_answer(command, verb, answer)
        return answer

    def _do(self, session: DeviceSession, verb: str, params: Json) -> Json:
        do = getattr(self, f"_{verb}")
        answer: Json = do(session, params) if verb == "hello" else do(params)
        self._machine.collect()
        return answer

    def _check_fence(self, session: DeviceSession, verb: str, fence: int) -> None:
        machine = self._machine
        if fence != machine.memory.fence or machine.controller is not session:
            raise machine.stale(verb, fence)

    def _hello(self, session: DeviceSession, params: Json) -> Json:
        machine = self._machine
        if params["scope"] == CONTROL and params["fence"] is not None:
            machine.take_control(session, params["fence"])
        return {
            "device": machine.serial,
            "boot": machine.boot,
            "now_ms": machine.now_ms,
            "fence": machine.memory.fence,
            "state": machine.state,
            "run": machine.held_run,
            "last_run": machine.summary(),
            "profile": machine.config.profile.to_dict(),
            "buffer_samples": BUFFER_SAMPLES,
            "speed": machine.speed,
            "simulated": True,
        }

    # Before current flows

    def _stage(self, params: Json) -> Json:
        machine = self._machine
        self._check_fresh(params["run"])
        if machine.state not in ("idle", "staged"):
            raise self._wrong_state("stage")
        stored = dict(params["programme"])
        programme = accept(stored, machine.config.profile)
        if machine.stage_another:
            stored["target_ua"] = stored["target_ua"] + 1
        digest = programme_hash(stored)
        machine.staged = Staged(params["run"], programme, digest)
        return {"hash": digest}

    def _check_fresh(self, run: str) -> None:
        memory = self._machine.memory
        if run in memory.stopped:
            raise ProtocolError(
                ErrorCode.STOPPED, f"run {run} was stopped; make a new run"
            )
        if run in memory.used:
            raise ProtocolError(
                ErrorCode.USED_RUN, f"run {run} was started before; make a new run"
            )

    def _unstage(self, params: Json) -> Json:
        machine = self._machine
        if machine.therapy is not None:
            raise self._wrong_state("unstage")
        if machine.staged is not None:
            self._check_run(params["run"])
            machine.staged = None
        return {}

    def _arm(self, params: Json) -> Json:
        self._check_fresh(params["run"])
        staged = self._checked_staged("arm", params)
        staged.armed_until_ms = self._machine.now_ms + ARM_MS
        staged.lapsed = False
        return {"expires_ms": staged.armed_until_ms}

    def _checked_staged(self, verb: str, params: Json) -> Staged:
        staged = self._machine.staged
        if staged is None:
            raise self._wrong_state(verb)
        self._check_run(params["run"])
        if params["hash"] != staged.digest:
            raise ProtocolError(
                ErrorCode.HASH_MISMATCH,
                f"hash {params['hash'][:12]} is not that of the programme held, "
                f"{staged.digest[:12]}; stage again",
            )
        return staged

    def _kickoff(self, params: Json) -> Json:
        machine = self._machine
        self._check_fresh(params["run"])
        staged = self._checked_staged("kickoff", params)
        if staged.lapsed:
            raise ProtocolError(
                ErrorCode.EXPIRED, f"armed more than {ARM_MS} ms ago; arm again"
            )
        if staged.armed_until_ms is None:
            raise self._wrong_state("kickoff")
        # One use: whatever comes now, the next kickoff needs a new arm.
        staged.armed_until_ms = None
        self._check_valid(params["valid_until_ms"])
        self._check_contact()
        return {"started_ms": machine.begin(staged)}

    def _check_valid(self, until_ms: int) -> None:
        now = self._machine.now_ms
        if now > until_ms:
            raise ProtocolError(
                ErrorCode.EXPIRED,
                f"valid until {until_ms}, it is {now}: {now - until_ms} ms late",
            )
        # A time of another boot or clock must not make a late start look early.
        if until_ms - now > MAX_AHEAD_MS:
            raise ProtocolError(
                ErrorCode.EXPIRED,
                f"valid until {until_ms} is {until_ms - now} ms ahead; at most "
                f"{MAX_AHEAD_MS} ms: read this device's clock again",
            )

    def _check_contact(self) -> None:
        fault = self._machine.contact_fault
        if fault == "lead_off":
            raise ProtocolError(
                ErrorCode.NOT_READY, "circuit open; check both leads", contact=fault
            )

    # While it runs

    def _read(self, params: Json) -> Json:
        machine = self._machine
        log = machine.logs.get(params["run"])
        if log is None:
            raise self._wrong_run()
        if params["from_seq"] < 1 or not 0 < params["limit"] <= MAX_READ:
            raise ProtocolError(
                ErrorCode.PARAMS,
                f"from_seq {params['from_seq']} starts at 1, limit {params['limit']} "
                f"is 1 to {MAX_READ}",
            )
        return {
            "samples": log.read(params["from_seq"], params["limit"]),
            "last_seq": len(log),
            "ended": machine.run != params["run"],
        }

    def _keepalive(self, params: Json) -> Json:
        machine = self._machine
        run, summary = params["run"], machine.summary()
        known = {None, machine.held_run, summary and summary["run"]}
        if run not in known:
            raise self._wrong_run()
        if run == machine.run:
            machine.feed()
        machine.note_keepalive(params["fence"])
        therapy = machine.therapy
        output = therapy and therapy.output
        return {
            "now_ms": machine.now_ms,
            "state": machine.state,
            "run": machine.held_run,
            "last_seq": summary["last_seq"] if summary else 0,
            "counter_nc": summary["counter_nc"] if summary else 0,
            "flow_ms": summary["flow_ms"] if summary else 0,
            "set_ua": output.sign * output.set_ua if output else 0,
            "level_ua": therapy.level_ua if therapy else 0,
            "allowed_ua": therapy.programme.window.ceiling_ua if therapy else 0,
        }

    def _adjust(self, params: Json) -> Json:
        therapy = self._checked_therapy("adjust", params["run"])
        from_ua, to_ua = params["from_ua"], params["to_ua"]
        if to_ua > from_ua:
            if params["valid_until_ms"] is None:
                raise ProtocolError(
                    ErrorCode.PARAMS, "a raise needs valid_until_ms, not null"
                )
            self._check_valid(params["valid_until_ms"])
        therapy.adjust(from_ua, to_ua)
        return {"level_ua": therapy.level_ua}

    def _hold(self, params: Json) -> Json:
        therapy = self._checked_therapy("hold", params["run"])
        if therapy.phase in GOING_DOWN:
            raise self._wrong_state("hold")
        therapy.hold(params["cause"])
        return {}

    def _resume(self, params: Json) -> Json:
        therapy = self._checked_therapy("resume", params["run"])
        profile = self._machine.config.profile
        if therapy.phase is not Phase.HELD or not profile.resume_allowed:
            raise self._wrong_state("resume")
        level, most = params["level_ua"], therapy.level_ua
        least = therapy.programme.window.lowest_ua
        if not least <= level <= most:
            raise ProtocolError(
                ErrorCode.LIMIT,
                f"level {level} µA is outside {least} to {most} µA, the last level",
                asked_ua=level,
                limit_ua=most,
            )
        self._check_valid(params["valid_until_ms"])
        self._check_contact()
        therapy.resume(level)
        self._machine.feed()
        return {}

    def _stop(self, params: Json) -> Json:
        """Never replayed: the caller repeats it and must hear the state of now."""
        machine = self._machine
        run, cause = params["run"], params["cause"]
        if cause not in STOP_CAUSES:
            known = ", ".join(sorted(STOP_CAUSES))
            raise ProtocolError(ErrorCode.PARAMS, f"cause {cause} is none of {known}")
        machine.forbid(run)
        held = machine.held_run
        if held not in (None, run):
            return {
                "run": held,
                "state": machine.state,
                "stopped": False,
                "reason": "other_run",
            }
        if machine.therapy is None:
            machine.staged = None
        else:
            machine.therapy.stop(cause)
            machine.collect()
        return {"run": run, "state": machine.state, "stopped": True}

    # Refusals

    def _checked_therapy(self, verb: str, run: str) -> Therapy:
        therapy = self._machine.therapy
        if therapy is None:
            raise self._wrong_state(verb)
        self._check_run(run)
        return therapy

    def _check_run(self, run: str) -> None:
        if run != self._machine.held_run:
            raise self._wrong_run()

    def _wrong_run(self) -> ProtocolError:
        held = self._machine.held_run
        return ProtocolError(
            ErrorCode.WRONG_RUN, f"this device holds run {held}", run=held
        )

    def _wrong_state(self, verb: str) -> ProtocolError:
        state = self._machine.state
        return ProtocolError(
            ErrorCode.WRONG_STATE, f"{verb} is not possible while {state}", state=state
        )


def _replay(
    verb: str, command: str, first_verb: str, answer: Json | ProtocolError
) -> Json:
    if verb != first_verb:
        raise ProtocolError(
            ErrorCode.PARAMS, f"command {command} was a {first_verb}, not a {verb}"
        )
    if isinstance(answer, ProtocolError):
        raise answer
    return answer
