"""The application is told when its database role could undo the protection."""

import pytest

from clinic import checks


@pytest.mark.django_db
def test_the_application_role_owns_nothing() -> None:
    assert checks.role_owns_no_tables(databases=["default"]) == []


@pytest.mark.django_db
def test_a_role_that_owns_the_tables_is_warned(monkeypatch) -> None:
    monkeypatch.setattr(
        checks, "OWNS", checks.OWNS.replace("current_user", "'iontoclinic_owner'")
    )
    warnings = checks.role_owns_no_tables(databases=["default"])
    assert [warning.id for warning in warnings] == ["clinic.W001"]


@pytest.mark.django_db
def test_who_migrates_is_meant_to_own_them(settings, monkeypatch) -> None:
    settings.MIGRATES = True
    monkeypatch.setattr(
        checks, "OWNS", checks.OWNS.replace("current_user", "'iontoclinic_owner'")
    )
    assert checks.role_owns_no_tables(databases=["default"]) == []
