#!/bin/sh
# Runs once, in the empty PostgreSQL container: the same roles as ./run makes.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres -d postgres \
    -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" \
    -f /roles/roles.sql
psql -v ON_ERROR_STOP=1 -U postgres -d iontoclinic -f /roles/schema.sql
