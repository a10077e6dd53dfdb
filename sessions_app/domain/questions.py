"""The questions of the two tiers, in the words that a person is asked.

The safe answer is now yes, now no, so that nobody can press one key six times
without reading. No question has a note that stands for an answer, and none
answers two.
"""

from sessions_app.domain.precheck import (
    NO,
    YES,
    Context,
    Fact,
    Level,
    Question,
    restricted,
)

PREGNANT = Question(
    "pregnant",
    "H2",
    "Could you be pregnant?",
    NO,
    "Pregnant, or it cannot be ruled out",
    Level.HARD_NEVER,
)

EACH_VISIT = (
    Question(
        "implant",
        "H1",
        "Any implant or electrical device since last time?",
        NO,
        "An implant or device since last time",
    ),
    PREGNANT,
    Question(
        "health_same",
        "H7",
        "Are illnesses, medicines, allergies and metal in the body as last time?",
        YES,
        "New illness, medicine, allergy or metal",
    ),
    Question(
        "reaction",
        "P6",
        "Is a mark or reaction from last time still there?",
        NO,
        "A reaction of last time has not resolved",
        Level.HOLD,
    ),
    Question(
        "sensation",
        "H9",
        "Where both electrodes go: is sensation normal and the skin whole?",
        YES,
        "Sensation or skin is not as it should be",
    ),
    Question(
        "bare",
        "P3",
        "Are jewellery and creams off?",
        YES,
        "Jewellery or cream is still on",
    ),
)

# What bars a drug, by its code in the table of drugs.
CONDITIONS = {
    "H12": (
        Question(
            "glaucoma",
            "H12",
            "Glaucoma, known or suspected?",
            NO,
            "Glaucoma",
            Level.HARD,
        ),
        Question(
            "skin_infection",
            "H12",
            "A fungal or other infection of the skin, anywhere?",
            NO,
            "Infection of the skin",
            Level.HARD,
        ),
    ),
    "P5": (
        Question(
            "arteriosclerosis",
            "P5",
            "Arteriosclerosis?",
            NO,
            "Arteriosclerosis, and the drug is a calcium salt",
            Level.HARD,
        ),
    ),
}


def visit_questions(context: Context) -> tuple[Question, ...]:
    """The questions of each visit: six, or five while pregnancy is ruled out."""
    spared = Fact.PREGNANCY_RULED_OUT in context.facts
    return tuple(one for one in EACH_VISIT if not (spared and one is PREGNANT))


def course_questions(context: Context) -> tuple[Question, ...]:
    """The whole list, less what the record answers and the visit has just asked."""
    return (
        Question(
            "electrical",
            "H1",
            "Pacemaker, defibrillator, or any other device that current can disturb?",
            NO,
            "Electrically sensitive device",
            Level.HARD_NEVER,
        ),
        *_places(context),
        *_of_drug(context),
        *_skin(context),
        *_metal(context),
        *_illness(context),
        *_surroundings(context),
        *_precautions(context),
    )


def _places(context: Context) -> tuple[Question, ...]:
    if context.regions or restricted(context.paths):
        return ()
    return (
        Question(
            "barred_place",
            "H3",
            "Would an electrode lie on or across heart, head, eye, side or front of"
            " the neck?",
            NO,
            "An electrode would lie where none may",
            Level.HARD_NEVER,
        ),
    )


def _of_drug(context: Context) -> tuple[Question, ...]:
    if not context.drugs:
        return ()
    what = ", ".join((*context.drugs, *context.allergens))
    return (
        Question(
            "drug_allergy",
            "H4",
            f"Ever a reaction to any of these: {what}?",
            NO,
            f"Reaction to {what}",
            Level.HARD,
        ),
        *(one for code in sorted(context.conditions) for one in CONDITIONS[code]),
    )


def _skin(context: Context) -> tuple[Question, ...]:
    cuts = Level.HARD if context.on_pads else Level.PREC
    hint = "" if context.on_pads else ", covered with petroleum jelly"
    whole = Question(
        "skin_fit",
        "H5",
        "Is the skin there free of sunburn, infection, raw places and recent scars?",
        YES,
        "Sunburnt, infected, raw or recently scarred skin",
        Level.HARD,
    )
    small = Question(
        "small_cuts",
        "H5",
        f"Small cuts there{hint}?",
        NO,
        f"Small cuts{hint}",
        cuts,
    )
    if not context.on_pads:
        return whole, small
    adhesive = Question(
        "adhesive",
        "H4",
        "Does adhesive give a rash?",
        NO,
        "Reaction to adhesive: take a hypoallergenic pad",
        Level.PREC,
    )
    in_date = Question(
        "pads_in_date",
        "H15",
        "Are the pads in date, from packs that were closed?",
        YES,
        "Pads out of date, or from an open pack",
        Level.HARD,
    )
    return whole, small, adhesive, in_date


def _metal(context: Context) -> tuple[Question, ...]:
    in_path = Question(
        "metal_in_path",
        "H6",
        "Metal between the electrodes: plate, pin, joint, piercing, brace on teeth?",
        NO,
        "Metal in the path of the current",
        Level.HARD,
    )
    elsewhere = Question(
        "metal_elsewhere",
        "H6",
        "Metal elsewhere in the body?",
        NO,
        "Metal outside the path",
        Level.PREC,
    )
    if not context.pelvic:
        return in_path, elsewhere
    coil = Question(
        "metal_coil",
        "H6",
        "A coil (IUD) with metal?",
        NO,
        "Metal IUD, and the current passes the pelvis",
        Level.HARD,
    )
    return in_path, coil, elsewhere


def _illness(context: Context) -> tuple[Question, ...]:
    return (
        Question(
            "heart",
            "H7",
            "Epilepsy, heart disease known or suspected, irregular heart beat?",
            NO,
            "Epilepsy, heart disease or arrhythmia",
            Level.HARD,
        ),
        Question(
            "tumour",
            "H8",
            "Cancer, or a place that might be, where the electrodes go?",
            NO,
            "Cancer, or a suspected malignant place, at the site",
            Level.HARD,
        ),
        Question(
            "reports_pain",
            "H9",
            "Can the patient feel pain there and say so at once?",
            YES,
            "Cannot report pain or sensation: at most half the current",
            Level.HARD if context.self_set else Level.PREC,
            prescriber=True,
        ),
        Question(
            "thrombosis",
            "H10",
            "Thrombosis, or an inflamed vein?",
            NO,
            "Thrombosis or thrombophlebitis",
            Level.HARD,
        ),
    )


def _surroundings(context: Context) -> tuple[Question, ...]:
    apparatus = Question(
        "room_clear",
        "H14",
        "Are shortwave, microwave and surgical diathermy off within 3 m?",
        YES,
        "Shortwave, microwave or diathermy within 3 m",
        Level.HARD,
    )
    if not context.sweat_test:
        return (apparatus,)
    oxygen = Question(
        "oxygen",
        "H13",
        "In an enclosure with added oxygen?",
        NO,
        "Oxygen-enriched enclosure",
        Level.HARD,
    )
    return apparatus, oxygen


def _precautions(context: Context) -> tuple[Question, ...]:
    asked = (
        Question(
            "healing",
            "P1",
            "Diabetes, poor healing, or steroids by mouth or injection now?",
            NO,
            "Diabetes, poor healing or a steroid course",
            Level.PREC,
        ),
        Question(
            "covered",
            "P3",
            "Eczema, nail polish, or jewellery that does not come off?",
            NO,
            "Eczema, nail polish or jewellery: cover it",
            Level.PREC,
        ),
        Question(
            "clean",
            "P4",
            "Is the skin clean, without lotion or oil?",
            YES,
            "Lotion or oil: wash it off first",
            Level.PREC,
        ),
    )
    if not context.anticholinergic:
        return asked
    dry = Question(
        "drying_drug",
        "P2",
        "Heart or prostate trouble, hot weather today, or driving home?",
        NO,
        "Care after an anticholinergic: heart, prostate, heat or driving",
        Level.PREC,
    )
    return (*asked, dry)
