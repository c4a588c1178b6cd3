-- Roles for PostgreSQL, each with no more rights than it needs. Run it in the database of longshore, which should be a
-- database of its own, as a superuser, as often as you like:
--
--   psql -d fleet -f schema/roles.sql
--
--   longshore_owner     makes and alters the tables: longshore migrate
--   longshore_writer    is enough for the daemon with migrate = "check": adds rows, keeps the ledger and the latest rows;
--                       it can neither delete nor truncate nor create anything that stays
--   longshore_operator  may also delete rows, to replace those of a file
--   longshore_reader    only reads
--
-- None of them can log in. Those who can are members:
--
--   create role longshore login in role longshore_writer;
--   create role fleet_admin login in role longshore_owner;
--   alter role fleet_admin set role = 'longshore_owner';      -- so that the tables belong to the owner
--   create role analyst login in role longshore_reader;
--
-- Tables of feeds that come later are covered by default privileges. Those give the writer UPDATE, because a table of
-- latest rows needs it; running this script again takes it from the tables of facts.

do $$
declare
  name text;
begin
  foreach name in array array['longshore_owner', 'longshore_reader', 'longshore_writer', 'longshore_operator'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I nologin', name);
    end if;
  end loop;
end
$$;

grant longshore_reader to longshore_writer;
grant longshore_writer to longshore_operator;

-- temporary tables are how rows are loaded that may be there already
do $$
begin
  execute format('grant connect on database %I to longshore_owner, longshore_reader', current_database());
  execute format('grant temporary on database %I to longshore_writer', current_database());
end
$$;

revoke create on schema public from public;
grant usage on schema public to longshore_reader;
grant usage, create on schema public to longshore_owner;

alter default privileges for role longshore_owner in schema public grant select on tables to longshore_reader;
alter default privileges for role longshore_owner in schema public grant insert, update on tables to longshore_writer;
alter default privileges for role longshore_owner in schema public grant usage on sequences to longshore_writer;
alter default privileges for role longshore_owner in schema public grant delete on tables to longshore_operator;

-- What is there already. Each of longshore's relations has a column file_id, but for the list of migrations; a table of
-- facts has record_hash in its primary key.
do $$
declare
  relation record;
  statistic text;
begin
  for relation in
    select format('%I.%I', n.nspname, c.relname) as name,
           c.oid,
           c.relname,
           c.relkind,
           exists (select
                   from pg_index i
                   join pg_attribute k on k.attrelid = i.indrelid and k.attnum = any (i.indkey)
                   where i.indrelid = c.oid and i.indisprimary and k.attname = 'record_hash') as is_facts
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p', 'v')
      and (c.relname = 'schema_migrations'
           or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'file_id'))
  loop
    execute format('alter %s %s owner to longshore_owner', case relation.relkind when 'v' then 'view' else 'table' end, relation.name);
    for statistic in select format('%I.%I', n.nspname, s.stxname)
                     from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where s.stxrelid = relation.oid loop
      execute format('alter statistics %s owner to longshore_owner', statistic);
    end loop;
    execute format('revoke all on %s from longshore_reader, longshore_writer, longshore_operator', relation.name);
    execute format('grant select on %s to longshore_reader', relation.name);
    continue when relation.relkind = 'v' or relation.relname = 'schema_migrations';
    execute format('grant insert on %s to longshore_writer', relation.name);
    if relation.relname = 'ingest_log' then
      execute 'grant update on ingest_log to longshore_writer';
      execute 'grant usage on sequence ingest_log_file_id_seq to longshore_writer';
      continue;
    end if;
    execute format('grant delete on %s to longshore_operator', relation.name);
    if not relation.is_facts and relation.relname not like 'ingest\_%' then
      execute format('grant update on %s to longshore_writer', relation.name);
    end if;
  end loop;
end
$$;
