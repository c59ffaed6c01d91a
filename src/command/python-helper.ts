import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const PYTHON_HELPER_NAME = "tunelens_trial.py";

/** The Python module through which a script speaks with its trial. It needs nothing but Python (3.7 or newer). */
export const PYTHON_HELPER = `"""Tells Tunelens how a trial is doing: import tunelens_trial as trial.

Tunelens puts this module on the path of the programs that it runs. Outside of a study, params is empty, reports are
printed, and nothing is pruned.
"""
import json
import os
import socket
import threading

#: The parameters by name. A branch is a dictionary with its "kind" and that kind's parameters.
params = json.loads(os.environ.get("TUNELENS_PARAMS", "{}"))
#: The trial's number; None outside of a study.
number = int(os.environ["TUNELENS_TRIAL"]) if "TUNELENS_TRIAL" in os.environ else None
#: A folder of this trial's own. What is in it after a retraining is the saved model.
folder = os.environ.get("TUNELENS_TRIAL_DIR", ".")
#: How many epochs to train, and the trial's seed; None if the study does not say.
epochs = int(os.environ["TUNELENS_EPOCHS"]) if "TUNELENS_EPOCHS" in os.environ else None
seed = int(os.environ["TUNELENS_SEED"]) if "TUNELENS_SEED" in os.environ else None

#: The folder of the checkpoint to continue from, None to start from nothing, and the step (from 0) to start with.
checkpoint_folder = os.environ.get("TUNELENS_CHECKPOINT")
first_step = int(os.environ.get("TUNELENS_FIRST_STEP", "0"))

_lock = threading.Lock()
_connection = (None, None)


def report(value, step=None, **metrics):
    """Reports the objective's value at a step (from 0), and other metrics to show beside it."""
    others = {name: str(float(metric)) for name, metric in metrics.items()}
    _ask("report", value=str(float(value)), step=None if step is None else int(step), metrics=others)


def should_prune():
    """Whether the trial should end now. Ask after a report; then end the program, with any exit code."""
    return bool(_ask("should_prune"))


def result(**metrics):
    """Reports metrics that belong to no step, such as those of the finished model."""
    _ask("result", metrics={name: str(float(metric)) for name, metric in metrics.items()})


def set_attr(key, value):
    """Stores an attribute (what JSON can hold) with the trial."""
    _ask("set_attr", key=key, value=value)


def artifact(path, name=None):
    """Stores a file with the trial, such as a plot, which the dashboard shows."""
    _ask("artifact", path=os.path.abspath(path), name=name or os.path.basename(path))


def save_checkpoint(step, write):
    """Saves a checkpoint after a step (from 0) if it is time for one: write(folder) writes files into a new folder.

    If the trial is interrupted, another one continues it: with checkpoint_folder, at first_step.
    """
    if "TUNELENS_CHANNEL" not in os.environ:
        return
    place = _ask("checkpoint", step=int(step))
    if place is None:
        return
    try:
        write(place)
    except Exception as error:
        _ask("checkpoint_failed", reason="%s: %s" % (type(error).__name__, error))
        return
    _ask("checkpoint_written")


def _ask(op, **message):
    address = os.environ.get("TUNELENS_CHANNEL")
    if address is None:
        metrics = message.pop("metrics", {})
        shown = {**message, **metrics}
        print(op, *("%s=%s" % item for item in shown.items() if item[1] is not None), flush=True)
        return None
    with _lock:
        stream = _connect(address)
        stream.write(json.dumps({"op": op, **message}, default=_plain) + "\\n")
        stream.flush()
        answer = json.loads(stream.readline() or '{"error": "Tunelens has ended the trial."}')
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["result"]


def _connect(address):
    """A process that was forked gets a connection of its own."""
    global _connection
    if _connection[0] != os.getpid():
        host, port, secret = address.split(":")
        stream = socket.create_connection((host, int(port))).makefile("rw", encoding="utf-8", newline="\\n")
        stream.write(secret + "\\n")
        _connection = (os.getpid(), stream)
    return _connection[1]


def _plain(value):
    """Numbers of NumPy and PyTorch."""
    return value.item() if hasattr(value, "item") else str(value)
`;

/** Puts the module into a folder, unless it is there. Several processes may do this at once. @returns the folder. */
export function providePythonHelper(folder: string): string {
  const path = join(folder, PYTHON_HELPER_NAME);
  if (readText(path) === PYTHON_HELPER) return folder;
  mkdirSync(folder, { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, PYTHON_HELPER);
  renameSync(draft, path);
  return folder;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
