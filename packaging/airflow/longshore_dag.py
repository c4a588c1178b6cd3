"""Loads the files in the landing directory every ten minutes, waits for the tasks that follow, then checks both.

The worker needs longshore on its PATH, the landing directory, and the settings: /etc/longshore/longshore.toml or
LONGSHORE_*. A run that is killed or repeated loads nothing twice, so every retry is safe.

If a daemon loads the files and runs the tasks, set LOADS_HERE to False: the DAG then waits for the daemon's work. What
must come after it follows behind `check`.
"""

import json
import subprocess
from datetime import datetime, timedelta, timezone

from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException
from airflow.sensors.python import PythonSensor

LOADS_HERE = True
TASKS = ()  # names of longshore's tasks to wait for; empty: all of them
LOADED, FILES_FAILED = 0, 65
NO_RETRY = {64, 77, 78}  # wrong options, a missing right, wrong settings
LOOK_AT = ("failed", "partial")  # these make the run fail; "unrouted" files match no feed
MOST_ROWS = 100_000  # that one run reads


def ask(*words):
    """The lines of `longshore words --json`. Only reads."""
    answer = subprocess.run(["longshore", *words, "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in answer.splitlines()]


def since(time):
    return ("--since", time.isoformat(timespec="milliseconds"), "--limit", str(MOST_ROWS))


def drain():
    """Returns when the directory is empty and the tasks have run, or if the database is not there for ten minutes."""
    status = subprocess.run(["longshore", "run", "--once", "--wait", "10m"]).returncode
    if status in NO_RETRY:
        raise AirflowFailException(f"longshore exited with {status}; its log has the reason")
    # the database has the failed files and runs, see check()
    if status not in (LOADED, FILES_FAILED):
        raise AirflowException(f"longshore exited with {status}; the next try loads the remaining files")


def tasks_are_done():
    """True if no file waits for a task and none runs. Every loaded file is noted for its tasks in the transaction that
    loads it, so this is never true between a load and its tasks."""
    tasks = [found for found in ask("task", "list") if not TASKS or found["task"] in TASKS]
    for name in set(TASKS) - {found["task"] for found in tasks}:
        raise AirflowFailException(f"longshore has no task {name}")
    for found in tasks:
        if found["state"] == "failing":
            raise AirflowFailException(f"task {found['task']}: {found['error']}; longshore task show {found['run_id']}")
    return all(found["state"] == "idle" for found in tasks)


def runs_since(time):
    """The rows of ingest_task_runs that began at `time` (with a time zone) or later, also of reports."""
    return ask("task", "runs", *since(time))


def files_to_look_at(time):
    """The ledger rows with a status of LOOK_AT whose load began at `time` (with a time zone) or later."""
    files = ask("log", *since(time))
    print(f"{len(files)} files, {sum(file['rows_loaded'] or 0 for file in files)} rows")
    return [file for file in files if file["status"] in LOOK_AT]


@dag(
    dag_id="longshore",
    schedule="*/10 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=1)},
    doc_md=__doc__,
    tags=["longshore"],
)
def longshore():
    @task(execution_timeout=timedelta(hours=2))
    def load():
        drain()

    # the worker is free between two looks
    tasks_done = PythonSensor(
        task_id="tasks_done",
        python_callable=tasks_are_done,
        mode="reschedule",
        poke_interval=30,
        timeout=timedelta(hours=2).total_seconds(),
    )

    @task(execution_timeout=timedelta(minutes=5))
    def check(dag_run=None):
        # from the start of the DAG run: an earlier try may have loaded some files
        for run in runs_since(dag_run.start_date):
            print(f"{run['task']}: run {run['run_id']} {run['state']}: {run['error'] or run['result']}")
        found = files_to_look_at(dag_run.start_date)
        for file in found:
            print(f"{file['file_name']}: {file['status']}, {file['rows_rejected']} rejects, {file['error']}")
        if found:
            raise AirflowFailException(f"{len(found)} files need attention: see longshore log, longshore rejects")

    if LOADS_HERE:
        load() >> tasks_done
    tasks_done >> check()


longshore()
