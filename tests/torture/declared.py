"""What a torture run declares: the feed readings, whose rows are removed when they are too old, and tasks. Roll-ups are made in SQL;
a program writes down what it was given. Both change during the run: the daemons see it when they start or get HUP.
"""

import os
import sys
import time

from documents import EPOCH_SECONDS, SPAN_SECONDS

DAY = 86_400
HERE = os.path.dirname(os.path.abspath(__file__))

FEED = """name = "readings"
files = ["readings_*.json"]
records = ["/readings", ""]
table = "readings"
key = ["vehicle_id", "measured"]
columns = [
  {{ name = "vehicle_id", from = "/vehicle_id", type = "text" }},
  {{ name = "measured", from = "/measured", type = "timestamp" }},
  {{ name = "level", from = "/level", type = "integer" }},
]
keep = "{days}d"
by = "measured"
"""

TASK = """name = "{name}"
after = {after}
{touched}
settle = "{settle}"
max_wait = "500ms"
retries = 1
{work}
"""

# Each roll-up has the sum of file_ids, which shows rows that belong to another file.
TABLES = {
    "t_hours": "hour {time} primary key, events {whole} not null, files {whole} not null",
    "t_vehicles": "vehicle_id text primary key, reports {whole} not null, newest {time} not null, files {whole} not null",
    "t_levels": "vehicle_id text not null, hour {time} not null, level {whole} not null, files {whole} not null, primary key (vehicle_id, hour)",
    "t_frozen": "hour {time}",
    "t_arrivals": "file_id {whole} primary key, status text not null, attempt {whole} not null, rows {whole} not null",
    "t_after": "runs {whole} not null",
    "t_both": "vehicle_id text not null, feed text not null, rows {whole} not null, primary key (vehicle_id, feed)",
}


def key(name, column, truncate=None):
    cut = f', truncate = "{truncate}"' if truncate else ""
    return f'{{ name = "{name}", from = "{column}"{cut} }}'


class Dialect:
    def __init__(self, store_name):
        self.is_postgres = store_name == "postgres"

    def types(self):
        return {"time": "timestamptz" if self.is_postgres else "text", "whole": "bigint" if self.is_postgres else "integer"}

    def hour(self, column):
        return f"date_trunc('hour', {column}, 'UTC')" if self.is_postgres else f"substr({column}, 1, 13) || ':00:00.000000Z'"

    def day(self, column):
        return f"date_trunc('day', {column} at time zone 'UTC')::date" if self.is_postgres else f"substr({column}, 1, 10)"

    def create(self, table):
        return f"create table if not exists {table} ({TABLES[table].format(**self.types())})"


class Declared:
    """The directories of feeds and tasks of a round."""

    def __init__(self, directory, store_name, random):
        self.random, self.sql = random, Dialect(store_name)
        self.feeds, self.tasks = os.path.join(directory, "feeds"), os.path.join(directory, "tasks")
        self.seen = os.path.join(directory, "seen.log")  # what the program has seen
        for path in (self.feeds, self.tasks):
            os.makedirs(path)
        self.days_behind = 0      # how many days of the documents the horizon has passed
        self.by_day = False       # t_hours has days as keys
        self.has_both = False     # t_both has a second feed
        self.changes = random.random() < 0.5  # in the other rounds no task is made anew, which would hide a lost change
        self.write()

    def change(self):
        """Changes one declaration. The horizon only rises."""
        dice = self.random.random()
        if dice < 0.4 and self.days_behind < 2:
            self.days_behind += 1
        elif not self.changes:
            return False
        elif dice < 0.7:
            self.by_day = not self.by_day
        else:
            self.has_both = not self.has_both
        self.write()
        return True

    def write(self):
        first_day = EPOCH_SECONDS // DAY + self.days_behind  # its begin is the horizon
        self.put(self.feeds, "readings.toml", FEED.format(days=int(time.time()) // DAY - first_day))
        for name, (after, keys, statements) in self.works().items():
            lines = ",\n  ".join(f"'''{statement}'''" for statement in statements)
            self.put_task(name, after, keys, f"sql = [\n  {lines},\n]\nsetup = [{', '.join(repr(self.sql.create(t)) for t in self.tables_of(name))}]")
        program = [sys.executable, os.path.join(HERE, "seen.py"), self.seen]
        self.put_task("t_program", ["vehicles_status"], [key("vehicle_id", "vehicle_id")], f"run = {program!r}")

    def put_task(self, name, after, keys, work):
        touched = f"touched = [{', '.join(keys)}]" if keys else ""
        settle = {"t_hours": "0s", "t_after": "0s"}.get(name, "50ms")
        self.put(self.tasks, name + ".toml", TASK.format(name=name, after=str(after).replace("'", '"'), touched=touched, settle=settle, work=work))

    def put(self, directory, name, text):
        path = os.path.join(directory, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(path + ".new", path)

    @staticmethod
    def tables_of(task):
        return ["t_levels", "t_frozen"] if task == "t_levels" else [task]

    def rollup(self, table):
        """The query that each roll-up must equal."""
        hour = self.sql.hour
        return {
            "t_hours": f"select {hour('detection_time')} as hour, count(*) as events, sum(file_id) as files from detection_events group by 1",
            "t_vehicles": "select vehicle_id, count(*) as reports, max(report_time) as newest, sum(file_id) as files from vehicle_status_history group by 1",
            "t_levels": f"select vehicle_id, {hour('measured')} as hour, sum(level) as level, sum(file_id) as files from readings group by 1, 2",
            "t_arrivals": "select file_id, status, attempt, coalesce(rows_loaded, 0) as rows from ingest_log where status <> 'loading'",
            "t_after": "select count(*) as runs from ingest_task_runs where task = 't_hours' and state = 'succeeded'",
            "t_both": "select vehicle_id, 'objects_detection' as feed, count(*) as rows from detection_events group by 1\n"
                      "union all select vehicle_id, 'vehicles_status', count(*) from vehicle_status_history group by 1",
        }[table]

    def works(self):
        """task -> feeds and tasks, keys, statements."""
        made = {table: self.rollup(table) for table in TABLES if table != "t_frozen"}
        hours = self.sql.day("hour") + " in (select day from touched)" if self.by_day else "hour in (select hour from touched)"
        level = "(vehicle_id, hour) in (select vehicle_id, hour from touched)"

        def anew(table, condition):
            return [f"delete from {table} where {condition}", f"insert into {table} select * from ({made[table]}) r where {condition}"]

        return {
            "t_hours": (["objects_detection"], [key("day", "detection_time", "day") if self.by_day else key("hour", "detection_time", "hour")],
                        anew("t_hours", hours)),
            "t_vehicles": (["vehicles_status"], [key("vehicle_id", "vehicle_id")], anew("t_vehicles", "vehicle_id in (select vehicle_id from touched)")),
            "t_levels": (["readings"], [key("vehicle_id", "vehicle_id"), key("hour", "measured", "hour")],
                         anew("t_levels", level) +
                         ["insert into t_frozen select t.hour from touched t join ingest_horizons h on h.feed = 'readings' and t.hour < h.horizon"]),
            "t_arrivals": (["ingest_log"], [], anew("t_arrivals", "file_id in (select file_id from touched)")),
            "t_after": (["t_hours"], [], ["delete from t_after", f"insert into t_after {made['t_after']}"]),
            "t_both": (["objects_detection", "vehicles_status"] if self.has_both else ["objects_detection"], [key("vehicle_id", "vehicle_id")],
                       anew("t_both", "vehicle_id in (select vehicle_id from touched)")),
        }


assert SPAN_SECONDS > 2 * DAY
