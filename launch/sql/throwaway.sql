ALTER ROLE iontoclinic_owner CREATEDB;
