"""What people consent to, in our own words. A change of words is a new version."""

TREATMENT = """\
A weak direct current passes through your skin between two electrodes. You will
feel tingling and warmth. Tell us at once when it stings or hurts: we lower it or
stop it.

Common and short: redness, dryness, itching, small blisters. Uncommon: a burn
under an electrode, which may leave a mark. It does not work for everybody.

We must not treat you with a pacemaker or another electrical implant, or when you
are or may be pregnant. We ask before each visit; tell us what has changed.

Other ways to treat exist and were told to you. You may stop at any time, in the
middle of a visit too, without a reason and without loss of care.

We record the current, the time, your skin and what you say, and keep it with
your notes."""

OFF_LABEL = """\
The drug under the electrode is licensed for another use, or for another way of
giving it. That does not make it wrong: nobody has asked its maker to show that it
works and does no harm when it is given like this.

We told you what is known of it, what is not, and which licensed treatment there
is.

The drug can have the same unwanted effects as when it is given in other ways,
allergy among them. How much of it enters the body is not known exactly."""

PHOTO = """\
We take photographs of the treated skin to compare it over time. They are kept
with your notes and seen by the people who treat you.

You may say no, or change your mind later: it makes no difference to your
treatment."""

# Kind: version and words.
TEXTS: dict[str, tuple[int, str]] = {
    "treatment": (1, TREATMENT),
    "off_label": (1, OFF_LABEL),
    "photo": (1, PHOTO),
}
