-- Creates roles for PostgreSQL, each with as few rights as possible. Run it with psql as a superuser in longshore's
-- database. The schema of longshore's tables should have no other use. You may run it again at any time:
--
--   psql -d fleet -f schema/roles.sql                     for tables in the schema public
--   psql -d fleet -v schema=fleet -f schema/roles.sql     with the setting `schema = "fleet"`; creates the schema, too
--
--   longshore_owner     creates and alters the tables: longshore migrate
--   longshore_writer    the daemon with migrate = "check": inserts rows, updates the ledger and the latest rows;
--                       it cannot delete, truncate, or create permanent objects
--   longshore_operator  may also delete rows; longshore replay needs this, and a daemon with keep_ledger, or with a feed
--                       that has `keep`
--   longshore_tasks     for the setting task_database, with which the daemon runs tasks: reads everything, creates its own
--                       tables in the schema, and records its runs. It cannot change rows of a feed, the ledger, or the
--                       declaration of a feed
--   longshore_reader    only reads
--
-- None of these roles can log in. Create roles that can, as members of them:
--
--   create role longshore login in role longshore_writer;
--   create role fleet_admin login in role longshore_owner;
--   alter role fleet_admin set role = 'longshore_owner';      -- so that the tables belong to the owner
--   create role fleet_tasks login in role longshore_tasks;
--   alter role fleet_tasks set role = 'longshore_tasks';      -- so that all tasks share the tables that they create
--   create role analyst login in role longshore_reader;
--
-- Default privileges give the same rights on tables of later feeds. They include UPDATE for the writer, because tables of
-- latest rows need it. Run this script again to revoke UPDATE on the tables of facts. Also run it again after the first
-- `longshore migrate`, for longshore_tasks, and when a task is declared, for longshore replay as longshore_operator: they have
-- no rights on tables of tasks that were created since.

\if :{?schema}
\else
  \set schema public
\endif
-- for the scripts below, in which psql replaces no variable
select set_config('longshore.schema', :'schema', false) as longshore_schema \gset

do $$
declare
  name text;
begin
  foreach name in array array['longshore_owner', 'longshore_reader', 'longshore_writer', 'longshore_operator', 'longshore_tasks'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I nologin', name);
    end if;
  end loop;
end
$$;

grant longshore_reader to longshore_writer;
grant longshore_writer to longshore_operator;
grant longshore_reader to longshore_tasks;

-- the daemon loads rows that may already exist through temporary tables, and a task has its keys in one
do $$
begin
  execute format('grant connect on database %I to longshore_owner, longshore_reader', current_database());
  execute format('grant temporary on database %I to longshore_writer, longshore_tasks', current_database());
end
$$;

do $$
begin
  if not exists (select from pg_namespace where nspname = current_setting('longshore.schema')) then
    execute format('create schema %I authorization longshore_owner', current_setting('longshore.schema'));
  end if;
end
$$;

revoke create on schema :"schema" from public;
grant usage on schema :"schema" to longshore_reader;
grant usage, create on schema :"schema" to longshore_owner, longshore_tasks;

alter default privileges for role longshore_owner in schema :"schema" grant select on tables to longshore_reader;
alter default privileges for role longshore_owner in schema :"schema" grant insert, update on tables to longshore_writer;
alter default privileges for role longshore_owner in schema :"schema" grant usage on sequences to longshore_writer;
alter default privileges for role longshore_owner in schema :"schema" grant delete on tables to longshore_operator;
alter default privileges for role longshore_tasks in schema :"schema" grant select on tables to longshore_reader;

-- Rights on existing tables: those of the ledger and of tasks, those that ingest_feeds names, tables with record_hash in
-- their primary key, which are tables of facts, and views with a column file_id. Other tables are left alone. The table of
-- a feed with `history = false` may be the application's own: it keeps its owner and gets only the grants.
do $$
declare
  relation record;
  statistic text;
  latest text[] := '{}';
  latest_only text[] := '{}';
begin
  if to_regclass(format('%I.ingest_feeds', current_setting('longshore.schema'))) is not null then
    execute format('select coalesce(array_agg(split_part(latest, '': '', 1)), ''{}''),'
                   '       coalesce(array_agg(split_part(latest, '': '', 1)) filter (where latest ~ ''; no history$''), ''{}'') '
                   'from %I.ingest_feeds where latest <> ''''', current_setting('longshore.schema'))
      into latest, latest_only;
  end if;
  for relation in
    select format('%I.%I', n.nspname, c.relname) as name,
           format('%I.%I', n.nspname, case c.relname when 'ingest_task_runs' then 'ingest_task_runs_run_id_seq' else 'ingest_log_file_id_seq' end) as sequence,
           c.oid,
           c.relname,
           c.relkind,
           whole.relname = any (latest) as is_latest,
           whole.relname = any (latest_only) as is_latest_only,
           exists (select
                   from pg_index i
                   join pg_attribute k on k.attrelid = i.indrelid and k.attnum = any (i.indkey)
                   where i.indrelid = c.oid and i.indisprimary and k.attname = 'record_hash') as is_facts
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_inherits part on part.inhrelid = c.oid
    join pg_class whole on whole.oid = coalesce(part.inhparent, c.oid)
    where n.nspname = current_setting('longshore.schema') and c.relkind in ('r', 'p', 'v')
      and (c.relname in ('longshore_migrations', 'ingest_feeds', 'ingest_horizons', 'ingest_drift', 'ingest_tasks', 'ingest_task_feeds',
                         'ingest_task_runs', 'reject_summary', 'vehicle_overview')
           or c.relname like 'ingest\_touched\_%'
           or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'file_id'))
  loop
    continue when relation.relkind <> 'v' and not relation.is_facts and not relation.is_latest and relation.relname not like 'ingest\_%'
      and relation.relname <> 'longshore_migrations';
    if not relation.is_latest_only and (relation.relkind <> 'v' or relation.relname in ('detections', 'detection_days', 'vehicle_overview', 'load_history', 'reject_summary')) then
      execute format('alter %s %s owner to longshore_owner', case relation.relkind when 'v' then 'view' else 'table' end, relation.name);
      for statistic in select format('%I.%I', n.nspname, s.stxname)
                       from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where s.stxrelid = relation.oid loop
        execute format('alter statistics %s owner to longshore_owner', statistic);
      end loop;
    end if;
    execute format('revoke all on %s from longshore_reader, longshore_writer, longshore_operator, longshore_tasks', relation.name);
    execute format('grant select on %s to longshore_reader', relation.name);
    if relation.relname = 'ingest_tasks' then
      execute format('grant update on %s to longshore_tasks', relation.name);
    elsif relation.relname = 'ingest_changes' then
      execute format('grant insert, delete on %s to longshore_tasks', relation.name);
    elsif relation.relname = 'ingest_task_runs' then
      execute format('grant insert, update, delete on %s to longshore_tasks', relation.name);  -- delete: keep_task_runs
      execute format('grant update on %s to longshore_writer', relation.name);  -- housekeeping records its runs too
      execute format('grant usage on sequence %s to longshore_writer, longshore_tasks', relation.sequence);
    elsif relation.relname like 'ingest\_touched\_%' then
      execute format('grant all on %s to longshore_tasks', relation.name);
      execute format('grant insert on %s to longshore_operator', relation.name);  -- longshore replay
      continue;
    end if;
    continue when relation.relkind = 'v' or relation.relname in ('longshore_migrations', 'ingest_feeds', 'ingest_tasks', 'ingest_task_feeds');
    execute format('grant insert on %s to longshore_writer', relation.name);
    if relation.relname = 'ingest_log' then
      execute format('grant update on %s to longshore_writer', relation.name);
      execute format('grant usage on sequence %s to longshore_writer', relation.sequence);
      continue;
    end if;
    execute format('grant delete on %s to longshore_operator', relation.name);
    if relation.relname in ('ingest_horizons', 'ingest_drift') or (not relation.is_facts and relation.relname not like 'ingest\_%') then
      execute format('grant update on %s to longshore_writer', relation.name);
    end if;
  end loop;
end
$$;
