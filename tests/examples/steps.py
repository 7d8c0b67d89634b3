"""Takes the shell steps of a job out of a CI file: each as a JSON line {"run": …, "env": …}.

usage: steps.py github|gitlab FILE JOB
"""
import json
import os
import sys

sys.path.append(os.environ["BUILD"] + "/peers/python/yaml")
import yaml  # noqa: E402

kind, path, job = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    text = yaml.safe_load(file)
if kind == "github":
    job = text["jobs"][job]
    outer = {**text.get("env", {}), **job.get("env", {})}
    for step in job["steps"]:
        if "run" in step:
            print(json.dumps({"run": step["run"], "env": {**outer, **step.get("env", {})}}))
else:  # one shell for all lines
    job = {**text.get("default", {}), **text[job]}
    print(json.dumps({"run": "\n".join(job.get("before_script", []) + job["script"]), "env": {}}))
