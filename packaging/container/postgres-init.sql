-- Run once by PostgreSQL's image, as its superuser, when the volume is empty: a role for longshore that owns its database and
-- nothing else. psql reads the password itself, so it is in no list of processes. Fewer rights still: schema/roles.sql.
\set password `cat /run/secrets/longshore_password`
create role longshore login password :'password';
create database fleet owner longshore encoding 'UTF8' template template0;
revoke connect on database fleet from public;
