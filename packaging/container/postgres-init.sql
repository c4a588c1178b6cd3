-- PostgreSQL's image runs this once, as superuser, when the volume is empty. It creates a role for longshore that owns its
-- database and nothing else. psql reads the password from a file, so no process list shows it. For fewer rights see
-- schema/roles.sql.
\set password `cat /run/secrets/longshore_password`
create role longshore login password :'password';
create database fleet owner longshore encoding 'UTF8' template template0;
revoke connect on database fleet from public;
