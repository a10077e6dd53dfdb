CREATE ROLE iontoclinic_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE iontoclinic_app LOGIN PASSWORD :'app_password';
CREATE DATABASE iontoclinic OWNER iontoclinic_owner;
