"""Prescribing whole: adopted specifications, checks, consent, harm, lots, loans."""

import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import sessions_app.models.catalogue

_ROUTES = {"limb": "limb", "thorax": "limb_to_limb", "head": "head", "cavity": "cavity"}


def _adopted_spec(old):
    """An adopted specification as it is written from now on."""
    drug = old.pop("drug", None)
    if drug is not None:
        more = {"code": drug["name"].split()[0], "carriage": "migration"}
        none = dict.fromkeys(("max_ua", "child_max_ua", "sessions_per_site"))
        drug = {**drug, **more, **none}
    return {
        **old,
        "drugs": [drug] if drug else [],
        "path": _ROUTES.get(old["path"], old["path"]),
        "areas": {"active_min_mm2": 1, "return_min_mm2": 1},
        "schedule": {
            "sessions": 10,
            "sessions_cap": 20,
            "per_week": 5,
            "min_gap_days": 1,
            "sites_per_day": 4,
            "day_offsets": [],
        },
        "steps": None,
        "adjuncts": [],
    }


def carry_specs(apps, schema_editor):
    """What a site adopted stood in the catalogue; now the adoption holds it."""
    adoptions = apps.get_model("sessions_app", "ProtocolAdoption").objects
    for adoption in adoptions.select_related("protocol"):
        adoption.spec = _adopted_spec(dict(adoption.protocol.entry))
        adoption.save(update_fields=["spec"])


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0002_consent"),
        ("devices", "0003_drug_by_lead"),
        ("sessions_app", "0002_append_only_role"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AdverseEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("lead", models.CharField(blank=True, max_length=5)),
                ("code", models.CharField(max_length=3)),
                ("grade", models.PositiveSmallIntegerField()),
                ("onset_at", models.DateTimeField()),
                (
                    "noticed",
                    models.CharField(
                        choices=[
                            ("at_chair", "At the chair"),
                            ("at_visit", "At a later visit"),
                            ("phone", "By phone"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=600)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("device", "Device log"),
                            ("counter", "Device total only"),
                            ("hand", "Meter read by hand"),
                            ("home", "Home diary or log"),
                            ("worn", "Worn patch"),
                        ],
                        max_length=8,
                    ),
                ),
                ("serial", models.CharField(blank=True, max_length=40)),
                ("why", models.CharField(max_length=200)),
                ("happened_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("readings", models.JSONField(default=list)),
                ("counter_nc", models.BigIntegerField(null=True)),
                ("rating_nc", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="HomeDevice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("asset", models.CharField(max_length=40, verbose_name="asset number")),
                ("serial", models.CharField(max_length=40)),
                ("model", models.CharField(max_length=80)),
                ("max_ua", models.PositiveIntegerField()),
                ("service_due_on", models.DateField()),
                ("recalled_at", models.DateTimeField(blank=True, null=True)),
                ("recall_reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ["asset"],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("device_log", models.JSONField(default=dict)),
                ("device_log_sha256", models.CharField(blank=True, max_length=64)),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
                ("reportable", models.BooleanField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision", models.CharField(blank=True, max_length=600)),
            ],
            options={
                "ordering": ["-opened_at"],
            },
        ),
        migrations.CreateModel(
            name="Loan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("out_on", models.DateField()),
                ("due_back_on", models.DateField()),
                ("taught_ua", models.PositiveIntegerField()),
                ("cap_ua", models.PositiveIntegerField()),
                ("cap_flow_ms", models.PositiveIntegerField()),
                ("sessions_per_week", models.PositiveSmallIntegerField()),
                ("accessories", models.CharField(blank=True, max_length=200)),
                ("deposit", models.CharField(blank=True, max_length=40)),
                ("trained_at", models.DateTimeField(auto_now_add=True)),
                ("trained_person", models.CharField(max_length=120)),
                ("returned_on", models.DateField(blank=True, null=True)),
                ("return_check", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "ordering": ["due_back_on"],
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("drug", models.CharField(blank=True, max_length=40)),
                ("name", models.CharField(max_length=120)),
                ("concentration", models.CharField(blank=True, max_length=60)),
                (
                    "gtin",
                    models.CharField(blank=True, max_length=14, verbose_name="GTIN"),
                ),
                ("number", models.CharField(max_length=20, verbose_name="lot number")),
                ("expires_on", models.DateField()),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                ("recalled_at", models.DateTimeField(blank=True, null=True)),
                ("recall_reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ["expires_on", "name"],
            },
        ),
        migrations.CreateModel(
            name="LotUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("drug", "Drug"),
                            ("active", "Active electrode"),
                            ("return", "Return electrode"),
                        ],
                        max_length=6,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="PoleConfirmation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("drug_lead", models.CharField(max_length=5)),
                ("drug_place", models.CharField(max_length=80)),
                ("return_lead", models.CharField(max_length=5)),
                ("return_place", models.CharField(max_length=80)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="PreCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("visit", "Each visit"),
                            ("course", "Start of a course, or something changed"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("clear", "Nothing bars treatment"),
                            ("changed", "Something changed"),
                            ("noted", "Precautions acknowledged"),
                            ("barred", "Barred"),
                        ],
                        max_length=8,
                    ),
                ),
                ("answers", models.JSONField()),
                ("findings", models.JSONField(default=list)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="PrescriberRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("findings", models.JSONField()),
                ("question", models.CharField(max_length=400)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("allowed", "Allowed"),
                            ("declined", "Declined"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=400)),
                ("max_ua", models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={
                "ordering": ["asked_at"],
            },
        ),
        migrations.CreateModel(
            name="SkinCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "moment",
                    models.CharField(
                        choices=[
                            ("before", "Before"),
                            ("during", "After 2 to 5 min"),
                            ("after", "After"),
                            ("call_back", "Call-back"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "lead",
                    models.CharField(
                        choices=[("red", "Red"), ("black", "Black")], max_length=5
                    ),
                ),
                ("place", models.CharField(max_length=80)),
                ("findings", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("call_back", "Call back"),
                            ("incident", "Incident"),
                            ("request", "Question to the prescriber"),
                            ("catalogue", "Catalogue change"),
                            ("loan", "Loan"),
                        ],
                        max_length=10,
                    ),
                ),
                ("for_role", models.CharField(blank=True, max_length=20)),
                ("text", models.CharField(max_length=300)),
                ("link", models.CharField(blank=True, max_length=200)),
                ("due_at", models.DateTimeField()),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=400)),
            ],
            options={
                "ordering": ["due_at"],
            },
        ),
        migrations.CreateModel(
            name="VisitPeople",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("escort_name", models.CharField(blank=True, max_length=120)),
                ("escort_relation", models.CharField(blank=True, max_length=60)),
                (
                    "interpreter",
                    models.CharField(
                        choices=[
                            ("not_needed", "Not needed"),
                            ("present", "Present"),
                            ("phone", "By phone"),
                            ("missing", "Needed, not there"),
                        ],
                        max_length=10,
                    ),
                ),
                ("interpreter_name", models.CharField(blank=True, max_length=120)),
                (
                    "chaperone",
                    models.CharField(
                        choices=[
                            ("not_asked", "Not an intimate place"),
                            ("present", "Present"),
                            ("declined", "Offered and declined"),
                        ],
                        default="not_asked",
                        max_length=10,
                    ),
                ),
                ("chaperone_name", models.CharField(blank=True, max_length=120)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.RenameField(
            model_name="protocol",
            old_name="spec",
            new_name="entry",
        ),
        migrations.AddField(
            model_name="doserecord",
            name="credits",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="doserecord",
            name="is_estimate",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="doserecord",
            name="pole_evidence",
            field=models.CharField(
                choices=[
                    ("commanded", "Commanded, nobody looked"),
                    ("confirmed", "Confirmed at the chair"),
                    ("corrected", "Corrected later"),
                ],
                default="commanded",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="doserecord",
            name="swapped",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="electrodetype",
            name="decontamination",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="electrodetype",
            name="is_buffered",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="electrodetype",
            name="is_reusable",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="electrodetype",
            name="material",
            field=models.CharField(
                choices=[
                    ("metal", "Metal"),
                    ("rubber", "Conductive rubber"),
                    ("carbon", "Carbon"),
                    ("ag_agcl", "Ag/AgCl"),
                ],
                default="rubber",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="electrodetype",
            name="size_mm2",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="electrodetype",
            name="waveforms",
            field=models.JSONField(
                default=sessions_app.models.catalogue.both_waveforms
            ),
        ),
        migrations.AddField(
            model_name="prescription",
            name="diagnosis",
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name="prescription",
            name="notes",
            field=models.CharField(blank=True, max_length=400),
        ),
        migrations.AddField(
            model_name="prescription",
            name="overrides",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="prescription",
            name="stimulator_profile",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="prescriptionleg",
            name="active_region",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="prescriptionleg",
            name="active_side",
            field=models.CharField(blank=True, max_length=5),
        ),
        migrations.AddField(
            model_name="prescriptionleg",
            name="return_region",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="prescriptionleg",
            name="return_side",
            field=models.CharField(blank=True, max_length=5),
        ),
        migrations.AddField(
            model_name="prescriptionleg",
            name="split_places",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="prescriptionleg",
            name="tooth",
            field=models.CharField(blank=True, max_length=2),
        ),
        migrations.AddField(
            model_name="prescriptionleg",
            name="wetted_mm2",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="protocoladoption",
            name="entered",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="protocoladoption",
            name="needs_second",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="protocoladoption",
            name="second_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="protocoladoption",
            name="second_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="protocoladoption",
            name="source",
            field=models.CharField(blank=True, max_length=400),
        ),
        migrations.AddField(
            model_name="protocoladoption",
            name="spec",
            field=models.JSONField(default={}),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="protocoladoption",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="doserecord",
            name="evidence",
            field=models.CharField(
                choices=[
                    ("trace", "Measured trace"),
                    ("counter", "Device counter"),
                    ("hand", "Named statement"),
                    ("diary", "Home diary or log"),
                    ("patch", "Worn patch"),
                    ("none", "None"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="doserecord",
            name="run",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="doses",
                to="devices.run",
            ),
        ),
        migrations.AlterField(
            model_name="electrodetype",
            name="kind",
            field=models.CharField(
                choices=[
                    ("pad", "Pad"),
                    ("tray", "Tray"),
                    ("pocket", "Sponge pocket"),
                    ("patch", "Worn patch"),
                    ("cavity", "Cavity electrode"),
                    ("cup", "Cup or bath"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunPython(carry_specs, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name="protocoladoption",
            trigger=pgtrigger.compiler.Trigger(
                name="adoption_is_immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.withdrawn_at IS NOT NULL OR OLD.second_at IS NOT NULL AND OLD.second_by_id IS DISTINCT FROM NEW.second_by_id OR (to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_by_id' - 'second_by_id' - 'second_at') IS DISTINCT FROM (to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_by_id' - 'second_by_id' - 'second_at'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="9f523446745886dc964e5f8a872623165e7b5fa7",
                    operation="UPDATE",
                    pgid="pgtrigger_adoption_is_immutable_30439",
                    table="sessions_app_protocoladoption",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="protocoladoption",
            trigger=pgtrigger.compiler.Trigger(
                name="adoption_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="6a69b0f7832b0e830f7600aaa6308fff47fca136",
                    operation="DELETE",
                    pgid="pgtrigger_adoption_stays_ef160",
                    table="sessions_app_protocoladoption",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="electrodetype",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_reusable", False),
                    models.Q(("decontamination", ""), _negated=True),
                    _connector="OR",
                ),
                name="reusable_electrode_is_cleaned",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocoladoption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("second_by__isnull", True),
                    models.Q(("second_by", models.F("adopted_by")), _negated=True),
                    _connector="OR",
                ),
                name="second_prescriber_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocoladoption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("needs_second", False),
                    models.Q(("source", ""), _negated=True),
                    _connector="OR",
                ),
                name="restricted_path_has_a_source",
            ),
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="leg",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="adverse_events",
                to="sessions_app.leg",
            ),
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="adverse_events",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="adverse_events",
                to="sessions_app.treatmentsession",
            ),
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.site",
            ),
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="supersedes",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="superseded_by",
                to="sessions_app.adverseevent",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="leg",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="sessions_app.leg",
            ),
        ),
        migrations.AddField(
            model_name="doserecord",
            name="delivery",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="doses",
                to="sessions_app.delivery",
            ),
        ),
        migrations.AddConstraint(
            model_name="doserecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delivery__isnull", True), ("run__isnull", False)),
                    models.Q(("delivery__isnull", False), ("run__isnull", True)),
                    _connector="OR",
                ),
                name="dose_of_one_delivery",
            ),
        ),
        migrations.AddConstraint(
            model_name="doserecord",
            constraint=models.UniqueConstraint(
                condition=models.Q(("supersedes__isnull", True)),
                fields=("delivery",),
                name="one_first_dose_per_delivery",
            ),
        ),
        migrations.AddField(
            model_name="homedevice",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="home_devices",
                to="clinic.site",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="event",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incident",
                to="sessions_app.adverseevent",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="opened_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="prescription",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="sessions_app.prescription",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="clinic.site",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="stimulator",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="devices.stimulator",
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="device",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="loans",
                to="sessions_app.homedevice",
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="loans",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="prescription",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="loans",
                to="sessions_app.prescription",
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="returned_to",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="loan",
            name="trained_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="loan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="sessions_app.loan",
            ),
        ),
        migrations.AddField(
            model_name="lot",
            name="electrode",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lots",
                to="sessions_app.electrodetype",
            ),
        ),
        migrations.AddField(
            model_name="lot",
            name="received_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="lot",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lots",
                to="clinic.site",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="lot",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="sessions_app.lot",
            ),
        ),
        migrations.AddField(
            model_name="lotuse",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="lotuse",
            name="leg",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lot_uses",
                to="sessions_app.leg",
            ),
        ),
        migrations.AddField(
            model_name="lotuse",
            name="lot",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="uses",
                to="sessions_app.lot",
            ),
        ),
        migrations.AddField(
            model_name="poleconfirmation",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="poleconfirmation",
            name="run",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pole_confirmation",
                to="devices.run",
            ),
        ),
        migrations.AddField(
            model_name="poleconfirmation",
            name="second_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="precheck",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="precheck",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="prechecks",
                to="sessions_app.treatmentsession",
            ),
        ),
        migrations.AddField(
            model_name="prescriberrequest",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="prescriberrequest",
            name="check_row",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="sessions_app.precheck",
            ),
        ),
        migrations.AddField(
            model_name="prescriberrequest",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="prescriberrequest",
            name="seconded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="prescriberrequest",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="sessions_app.treatmentsession",
            ),
        ),
        migrations.AddField(
            model_name="skincheck",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="skincheck",
            name="leg",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="skin_checks",
                to="sessions_app.leg",
            ),
        ),
        migrations.AddField(
            model_name="skincheck",
            name="run",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="skin_checks",
                to="devices.run",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="done_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="patient",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tasks",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="session",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tasks",
                to="sessions_app.treatmentsession",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tasks",
                to="clinic.site",
            ),
        ),
        migrations.AddField(
            model_name="visitpeople",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="visitpeople",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="people",
                to="sessions_app.treatmentsession",
            ),
        ),
        migrations.AddConstraint(
            model_name="adverseevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("grade__lte", 4)), name="grade_is_0_to_4"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adverseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3789acd78a8cba71e5e617d67a5e1e5ec4abc9de",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ad186",
                    table="sessions_app_adverseevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="homedevice",
            constraint=models.UniqueConstraint(
                fields=("site", "asset"), name="asset_per_site"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="incident",
            trigger=pgtrigger.compiler.Trigger(
                name="incident_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="b05670b23f154e4b0555db47da83a5a81d006a82",
                    operation="DELETE",
                    pgid="pgtrigger_incident_stays_4665a",
                    table="sessions_app_incident",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("returned_on__isnull", True)),
                fields=("device",),
                name="device_lent_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="loan",
            constraint=models.CheckConstraint(
                condition=models.Q(("taught_ua__lte", models.F("cap_ua"))),
                name="taught_within_cap",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.UniqueConstraint(
                fields=("site", "drug", "electrode", "gtin", "number"),
                name="lot_once_per_site",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("drug", ""), ("electrode__isnull", False)),
                    models.Q(
                        models.Q(("drug", ""), _negated=True),
                        ("electrode__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="lot_of_one_thing",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="delivery",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e39b853d14ea7023050529d1e61ae39f31c59d7e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_b22b3",
                    table="sessions_app_delivery",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lotuse",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3285985301a5b1cca73b8ea959f3d9ff9447c452",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c8d33",
                    table="sessions_app_lotuse",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="poleconfirmation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("second_by__isnull", True),
                    models.Q(("second_by", models.F("by")), _negated=True),
                    _connector="OR",
                ),
                name="second_checker_is_another",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="poleconfirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="579daba03cd786f09536ba53a4fdb22667ff401b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_05946",
                    table="sessions_app_poleconfirmation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="precheck",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5fe08cfee8c2242f37542a8ad57f0ea6af319c72",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a65e3",
                    table="sessions_app_precheck",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="prescriberrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by__isnull", True), ("decision", "open")),
                    models.Q(
                        models.Q(("decision", "open"), _negated=True),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="decision_has_a_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="prescriberrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decision", "open")),
                fields=("session",),
                name="one_open_request_per_session",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="skincheck",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c825f21fd5e0f7b97bf16ec9cdd6c0543632feb7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f3c80",
                    table="sessions_app_skincheck",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)),
                fields=["site", "due_at"],
                name="task_open",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visitpeople",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="87fbec6901b1f5ada79cdf01146bc2751c8f2714",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_135df",
                    table="sessions_app_visitpeople",
                    when="BEFORE",
                ),
            ),
        ),
    ]
