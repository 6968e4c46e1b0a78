"""Who is measured, each a module that does its work in a fresh process: `python -m MODULE JOB`."""
