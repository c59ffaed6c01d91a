"""
Usage: optuna_annotations.py write|read PATH ARTIFACTS: notes and artifacts as Python programs keep them: Optuna's artifacts, and the notes of
optuna-dashboard (by its own functions where it is installed, else by its keys).
"""

import json
import os
import sys
import tempfile

import optuna
from optuna.artifacts import FileSystemArtifactStore, get_all_artifact_meta, upload_artifact

try:
    from optuna_dashboard._note import get_note_from_system_attrs, save_note_with_version
except ImportError:

    def save_note_with_version(storage, study_id, trial_id, version, body):
        prefix = "dashboard:" if trial_id is None else f"dashboard:{trial_id}:"
        storage.set_study_system_attr(study_id, f"{prefix}note_ver", version)
        for part, start in enumerate(range(0, len(body), 2045)):
            storage.set_study_system_attr(study_id, f"{prefix}note_str:{part}", body[start : start + 2045])

    def get_note_from_system_attrs(attrs, trial_id):
        prefix = "dashboard:" if trial_id is None else f"dashboard:{trial_id}:"
        if f"{prefix}note_ver" not in attrs:
            return {"version": 0, "body": ""}
        parts = sum(key.startswith(f"{prefix}note_str:") for key in attrs)
        body = "".join(attrs[f"{prefix}note_str:{part}"] for part in range(parts))
        return {"version": attrs[f"{prefix}note_ver"], "body": body}


optuna.logging.set_verbosity(optuna.logging.ERROR)
task, path, artifacts = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
url = f"sqlite:///{path}"


def write():
    os.makedirs(artifacts, exist_ok=True)
    store = FileSystemArtifactStore(artifacts)
    study = optuna.create_study(storage=url, study_name="noted")
    storage, study_id = study._storage, study._study_id

    def objective(trial):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in [("matrix.json", "[[1, 2], [3, 4]]"), ("log.txt.gz", "…")]:
                file = os.path.join(folder, name)
                with open(file, "w", encoding="utf-8") as written:
                    written.write(content)
                upload_artifact(artifact_store=store, file_path=file, study_or_trial=trial)
        return trial.suggest_float("x", 0, 1)

    study.optimize(objective, n_trials=2)
    save_note_with_version(storage, study_id, None, 1, "# Study\n\n**bold** " + "😀" * 3000)
    save_note_with_version(storage, study_id, study.trials[1]._trial_id, 4, "second")
    return None


def read():
    study = optuna.load_study(storage=url, study_name="noted")
    storage, study_id = study._storage, study._study_id
    attrs = storage.get_study_system_attrs(study_id)
    store = FileSystemArtifactStore(artifacts)

    def told(owner):
        # Optuna lists them in the order of their random ids.
        metas = sorted(get_all_artifact_meta(owner, storage=storage), key=lambda meta: meta.filename)
        content = lambda meta: store.open_reader(meta.artifact_id).read().decode("utf-8")
        return [[meta.filename, meta.mimetype, meta.encoding, content(meta)] for meta in metas]

    return {
        "study": get_note_from_system_attrs(attrs, None),
        "trials": [get_note_from_system_attrs(attrs, trial._trial_id) for trial in study.trials],
        "artifacts": [told(study), *map(told, study.trials)],
    }


print(json.dumps({"write": write, "read": read}[task]()), flush=True)
