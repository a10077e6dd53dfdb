"""Consent to a course, and facts about a patient that spare a question."""

import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PatientFact",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("pregnancy_ruled_out", "Pregnancy is ruled out"),
                            ("implant", "Has an electrical implant"),
                            ("metal", "Has metal in the body"),
                            ("sensation", "Cannot report pain or sensation"),
                            ("condition", "Condition"),
                        ],
                        max_length=24,
                    ),
                ),
                ("says", models.CharField(max_length=200)),
                ("dated_on", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-dated_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ConsentText",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("treatment", "Treatment"),
                            ("off_label", "Use outside the label"),
                            ("photo", "Photographs"),
                        ],
                        max_length=10,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("body", models.TextField()),
                ("published_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["kind", "-version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "version"), name="consent_text_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
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
                ("course", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("treatment", "Treatment"),
                            ("off_label", "Use outside the label"),
                            ("photo", "Photographs"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "given_by",
                    models.CharField(
                        choices=[
                            ("patient", "The patient"),
                            ("guardian", "A guardian"),
                            ("minor_competent", "A minor judged competent"),
                        ],
                        max_length=16,
                    ),
                ),
                ("giver_name", models.CharField(max_length=120)),
                ("relation", models.CharField(blank=True, max_length=60)),
                ("evidence", models.CharField(blank=True, max_length=200)),
                ("drug", models.CharField(blank=True, max_length=200)),
                ("body_site", models.CharField(max_length=200)),
                ("device_kind", models.CharField(max_length=40)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdraw_reason", models.CharField(blank=True, max_length=200)),
                (
                    "judged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="clinic.patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.site",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.consenttext",
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consenttext",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5a53cc31f4a7f9bdd878a8e3b0476ebc9039348d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_57f78",
                    table="clinic_consenttext",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="patientfact",
            name="ended_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="patientfact",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="facts",
                to="clinic.patient",
            ),
        ),
        migrations.AddField(
            model_name="patientfact",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="patientfact",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clinic.site",
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["patient", "course"], name="consent_course"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="only_withdrawn",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.withdrawn_at IS NOT NULL OR (to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_by_id' - 'withdraw_reason') IS DISTINCT FROM (to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_by_id' - 'withdraw_reason'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="68c69e40906fe06c48b004532ba277051837b3d4",
                    operation="UPDATE",
                    pgid="pgtrigger_only_withdrawn_0c4e8",
                    table="clinic_consent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consent",
            trigger=pgtrigger.compiler.Trigger(
                name="stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="d27c853d8ad99e0e11a1ed892099765bc4d9f365",
                    operation="DELETE",
                    pgid="pgtrigger_stays_ada3a",
                    table="clinic_consent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patientfact",
            trigger=pgtrigger.compiler.Trigger(
                name="only_ended",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.ended_at IS NOT NULL OR (to_jsonb(OLD) - 'ended_at' - 'ended_by_id') IS DISTINCT FROM (to_jsonb(NEW) - 'ended_at' - 'ended_by_id'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="aab0a32642e2fbeb61a036d1b88ece3d0153559f",
                    operation="UPDATE",
                    pgid="pgtrigger_only_ended_da828",
                    table="clinic_patientfact",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patientfact",
            trigger=pgtrigger.compiler.Trigger(
                name="stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="099d38f90c6b9f226965d71ee4fdc20811c25f7b",
                    operation="DELETE",
                    pgid="pgtrigger_stays_03d4c",
                    table="clinic_patientfact",
                    when="BEFORE",
                ),
            ),
        ),
    ]
