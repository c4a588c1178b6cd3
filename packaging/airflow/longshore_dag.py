"""Drains the landing directory every ten minutes, then asks the ledger what became of the files.

The worker needs longshore on its PATH, the landing directory, and the settings: /etc/longshore/longshore.toml or LONGSHORE_*.
A run that is killed or repeated loads nothing twice, so every retry is safe.
"""

import json
import subprocess
from datetime import datetime, timedelta, timezone

from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException

LOADED, FILES_FAILED = 0, 65
NOT_BETTER_BY_ITSELF = {64, 77, 78}  # bad options, a missing right, bad settings
LOOK_AT = ("failed", "partial")  # what the run turns red for; "unrouted": files that no feed takes
LEDGER_ROWS = 100_000  # of one run, at most


def drain():
    """Ends when the directory is empty, or when the database was away for ten minutes."""
    status = subprocess.run(["longshore", "run", "--once", "--wait", "10m"]).returncode
    if status in NOT_BETTER_BY_ITSELF:
        raise AirflowFailException(f"longshore ended with {status}; its log tells why")
    # which files failed is for the ledger to tell
    if status not in (LOADED, FILES_FAILED):
        raise AirflowException(f"longshore ended with {status}; what is left is loaded by the next try")


def files_to_look_at(since):
    """What the ledger has of the files that began at `since` (aware) or later, of those statuses."""
    answer = subprocess.run(
        ["longshore", "log", "--json", "--limit", str(LEDGER_ROWS), "--since", since.isoformat(timespec="milliseconds")],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    files = [json.loads(line) for line in answer.splitlines()]
    print(f"{len(files)} files, {sum(file['rows_loaded'] for file in files)} rows")
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

    @task(execution_timeout=timedelta(minutes=5))
    def check(dag_run=None):
        # of the whole run: a first try may have loaded a part
        found = files_to_look_at(dag_run.start_date)
        for file in found:
            print(f"{file['file_name']}: {file['status']}, {file['rows_rejected']} rejects, {file['error']}")
        if found:
            raise AirflowFailException(f"{len(found)} files to look at: longshore log, longshore rejects")

    load() >> check()


longshore()
