"""Loads the files in the landing directory every ten minutes, then checks their status in the ledger.

The worker needs longshore on its PATH, the landing directory, and the settings: /etc/longshore/longshore.toml or LONGSHORE_*.
A run that is killed or repeated loads nothing twice, so every retry is safe.
"""

import json
import subprocess
from datetime import datetime, timedelta, timezone

from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException

LOADED, FILES_FAILED = 0, 65
NO_RETRY = {64, 77, 78}  # wrong options, a missing right, wrong settings
LOOK_AT = ("failed", "partial")  # these make the run fail; "unrouted" files match no feed
LEDGER_ROWS = 100_000  # the most that one run reads


def drain():
    """Returns when the directory is empty, or when the database has not answered for ten minutes."""
    status = subprocess.run(["longshore", "run", "--once", "--wait", "10m"]).returncode
    if status in NO_RETRY:
        raise AirflowFailException(f"longshore exited with {status}; its log has the reason")
    # the ledger has the failed files, see check()
    if status not in (LOADED, FILES_FAILED):
        raise AirflowException(f"longshore exited with {status}; the next try loads the remaining files")


def files_to_look_at(since):
    """The ledger rows with a status of LOOK_AT whose load began at `since` (with a time zone) or later."""
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
        # from the start of the DAG run: an earlier try may have loaded some files
        found = files_to_look_at(dag_run.start_date)
        for file in found:
            print(f"{file['file_name']}: {file['status']}, {file['rows_rejected']} rejects, {file['error']}")
        if found:
            raise AirflowFailException(f"{len(found)} files need attention: see longshore log, longshore rejects")

    load() >> check()


longshore()
