"""Compares the roll-ups of tasks with a recomputation from the facts, when no task has a change left.

ROLLUP   a roll-up differs from the rows that it is made of     CHANGE   a change or key is left, or a run has no end
FAILED   a run failed for a reason that the run did not cause   FROZEN   a key was made anew although its rows are gone
UNSEEN   the program was not given a key after its last change
"""

import json
import re

SHOWN = 5
# Faults that a torture run causes: sessions are ended, servers crash, leases run out, the program fails.
CAUSED = re.compile("exit code 3|killed by signal|terminat|connect|closed|server|recovery|starting up|shutting down|lease|longshore was stopped|"
                    "database is locked|disk I/O|SSL|cancel")


class TaskChecker:
    def __init__(self, store, declared):
        self.store, self.declared = store, declared
        self.findings = []
        self.runs = 0

    def check(self):
        self.check_runs()
        self.check_rollups()
        self.check_seen()
        return self.findings

    def find(self, kind, texts):
        self.findings += [f"{kind:8}{text}" for text in texts[:SHOWN]]
        if len(texts) > SHOWN:
            self.findings.append(f"{kind:8}… and {len(texts) - SHOWN} more")

    def check_runs(self):
        select = self.store.select
        self.find("CHANGE", [f"left in ingest_changes: {row}" for row in select("task, file_id, attempt, run_id", "ingest_changes")])
        for (task,) in select("task", "ingest_tasks"):
            self.find("CHANGE", [f"{row[0]} keys are left in ingest_touched_{task}"
                                 for row in select("count(*)", f"ingest_touched_{task}") if int(row[0])])
        self.find("CHANGE", [f"{task}: run {run} has the lease" for task, run in select("task, run_id", "ingest_tasks where run_id is not null")])
        self.find("CHANGE", [f"{task}: run {run} is still running" for task, run in
                             select("task, run_id", "ingest_task_runs where state = 'running'")])
        ends = select("run_id, task, state, error", "ingest_task_runs order by run_id")
        self.runs = len(ends)
        self.find("FAILED", [f"{task}: run {run}: {error}" for run, task, state, error in ends
                             if state == "failed" and not CAUSED.search(error or "")])
        tasks = {row[0] for row in select("task", "ingest_tasks")}
        for task in tasks - {task for _, task, state, _ in ends if state == "succeeded"}:
            self.find("CHANGE", [f"{task}: no run succeeded"])

    def check_rollups(self):
        for table in ("t_hours", "t_vehicles", "t_levels", "t_arrivals", "t_after", "t_both"):
            made, wanted = self.rows(f"select * from {table}"), self.rows(self.declared.rollup(table))
            if table == "t_levels":
                made, wanted = self.after_horizon(made), self.after_horizon(wanted)
            if table == "t_both" and not self.declared.has_both:
                made, wanted = ({row for row in rows if row[1] == "objects_detection"} for rows in (made, wanted))
            self.find("ROLLUP", [f"{table} has {row}, which is wrong" for row in sorted(made - wanted)])
            self.find("ROLLUP", [f"{table} lacks {row}" for row in sorted(wanted - made)])
        self.find("FROZEN", [f"{row[0]} was made anew" for row in self.store.select("hour", "t_frozen")])

    def rows(self, query):
        return {tuple(map(str, row)) for row in self.store.select("*", f"({query}) r")}

    def after_horizon(self, rows):
        """Hours as the stores print them: both begin with the date, and a horizon is midnight."""
        horizons = self.store.select("cast(horizon as text)", "ingest_horizons where feed = 'readings'")
        return {row for row in rows if not horizons or row[1][:10] >= horizons[0][0][:10]}

    def check_seen(self):
        most = {}
        try:
            with open(self.declared.seen, encoding="utf-8") as seen:
                for line in seen:
                    last = json.loads(line)
                    most[last["key"]] = max(most.get(last["key"], 0), last["rows"])
        except FileNotFoundError:
            pass
        there = {vehicle: int(count) for vehicle, count in self.store.select("vehicle_id, count(*)", "vehicle_status_history group by 1")}
        self.find("UNSEEN", [f"{vehicle!r} has {count} rows, the program saw {most.get(vehicle)}"
                             for vehicle, count in there.items() if most.get(vehicle) != count])
