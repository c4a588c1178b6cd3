#!/usr/bin/env python3
"""The program of a torture run's task: appends, for each key that it is given, how many rows the key has now. Fails at times."""

import json
import os
import sqlite3
import subprocess
import sys
import time

SQL = "select vehicle_id, count(*) from vehicle_status_history group by 1"


def counts():
    database = os.environ["LONGSHORE_DATABASE"]
    if database.startswith("sqlite:"):
        connection = sqlite3.connect("file:" + database.removeprefix("sqlite:") + "?mode=ro", uri=True, timeout=20)
        return dict(connection.execute(SQL).fetchall())
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", f"select json_object_agg(vehicle_id, count) from ({SQL}) r"],
                          capture_output=True, check=True)
    return json.loads(done.stdout.strip() or "{}")


def main():
    keys = [json.loads(line)["vehicle_id"] for line in sys.stdin]
    rows = counts()
    time.sleep(int.from_bytes(os.urandom(1), "little") / 1000)
    lines = [json.dumps({"run": os.environ["LONGSHORE_TASK_RUN"], "key": key, "rows": rows.get(key, 0)}) + "\n" for key in keys]
    with open(sys.argv[1], "a", encoding="utf-8") as seen:
        seen.write("".join(lines))
    print(json.dumps({"keys": len(keys)}))
    return 3 if os.urandom(1)[0] < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
