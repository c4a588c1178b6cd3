-- For questions about a stretch of time over all vehicles.
--
-- Files that are loaded at once lie side by side in the table: with one range of times for 256 blocks half of a table of two
-- loaders was read for one day of thirty. Hence several ranges (minmax_multi).
-- Statistics tell the planner that there are few hours and days: it counts by them in memory instead of sorting.
do $$
declare
  fact record;
  plain text;
begin
  for fact in
    select a.attrelid::regclass as of_table, wanted.name, a.attname as time, a.attnum
    from (values ('detection_events', 'detection_time'), ('vehicle_status_history', 'report_time')) wanted (name, time)
    join pg_attribute a on a.attrelid = to_regclass(wanted.name) and a.attname = wanted.time
    where a.atttypid = 'timestamptz'::regtype  -- a feed of one's own may have replaced ours
  loop
    select c.relname into plain
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_opclass o on o.oid = i.indclass[0]
    where i.indrelid = fact.of_table and i.indnatts = 1 and i.indkey[0] = fact.attnum and o.opcname = 'timestamptz_minmax_ops'
    order by c.relname limit 1;
    if plain is not null then
      -- readers go on while it is built, and wait only for the exchange
      execute format('create index longshore_times on %s using brin (%I timestamptz_minmax_multi_ops) '
                     'with (pages_per_range = 256, autosummarize = on)', fact.of_table, fact.time);
      execute format('drop index %I', plain);
      execute format('alter index longshore_times rename to %I', plain);
    end if;
    begin
      execute format('create statistics if not exists %I (ndistinct) on (date_trunc(''hour'', %I)), (date_trunc(''day'', %I)) from %s',
                     fact.name, fact.time, fact.time, fact.of_table);
    exception when feature_not_supported then
      raise notice 'no statistics of hours and days for %', fact.of_table;  -- a table that is distributed by Citus
    end;
  end loop;
end
$$;
