"""Questions without an answer: said at once, urged, and at last a hold."""

from collections.abc import Collection

from devices.core.prompts import Kind, Patience, Question, Waits
from devices.core.voice import Voice

ASK = {Kind.PAIN: "ASK_PAIN", Kind.SKIN: "ASK_SKIN"}


class PromptWatch:
    """Weighs all open questions together; real time."""

    __slots__ = ("_patience",)

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    def weigh(self, questions: Collection[Question], voice: Voice) -> None:
        for kind, code in ASK.items():
            self._ask(code, [q for q in questions if q.prompt.kind is kind], voice)
        late = [q for q in questions if self._is_late(q)]
        if not late:
            voice.clear("UNANSWERED")
            return
        longest = max(late, key=lambda q: q.waited_ms)
        text = f"No answer yet. {longest.prompt.text}"
        voice.alarm("UNANSWERED", text)
        if longest.waited_ms >= self._patience.hold_ms:
            voice.hold("unanswered", text)

    def _ask(self, code: str, mine: list[Question], voice: Voice) -> None:
        said = voice.alarms.get(code)
        if said is not None and (not mine or said.text != mine[-1].prompt.text):
            voice.clear(code)
        if mine:
            voice.alarm(code, mine[-1].prompt.text)

    def _is_late(self, question: Question) -> bool:
        match question.prompt.waits:
            case Waits.NEVER:
                return False
            case Waits.HOLD_ONLY:
                return True
            case Waits.URGE_THEN_HOLD:
                return question.waited_ms >= self._patience.urge_ms
