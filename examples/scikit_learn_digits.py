"""A small network of scikit-learn on 8x8 images of handwritten digits. Runs by itself, too: python scikit_learn_digits.py"""
import argparse
import os

import joblib
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

try:
    import tunelens_trial as trial
except ImportError:  # It runs by itself.
    trial = None

parser = argparse.ArgumentParser()
parser.add_argument("--units", type=int, default=64)
parser.add_argument("--layers", type=int, default=1)
parser.add_argument("--lr", type=float, default=1e-3)
parser.add_argument("--alpha", type=float, default=1e-4)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--epochs", type=int, default=15)
parser.add_argument("--seed", type=int, default=7)
args = parser.parse_args()

# Three fifths to train on, one to validate; the last one is left for a test.
x, y = load_digits(return_X_y=True)
x, _, y, _ = train_test_split(x / 16, y, test_size=0.2, random_state=0, stratify=y)
x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)
model = MLPClassifier(
    hidden_layer_sizes=(args.units,) * args.layers,
    learning_rate_init=args.lr,
    alpha=args.alpha,
    batch_size=args.batch_size,
    random_state=args.seed,
)
first_epoch = 0
if trial and trial.checkpoint_folder:
    model = joblib.load(os.path.join(trial.checkpoint_folder, "model.joblib"))
    first_epoch = trial.first_step
for epoch in range(first_epoch, args.epochs):
    model.partial_fit(x_train, y_train, classes=range(10))
    print(f"epoch={epoch} loss={model.loss_:.4f} val_acc={model.score(x_val, y_val):.4f}")
    if trial:
        trial.save_checkpoint(epoch, lambda folder: joblib.dump(model, os.path.join(folder, "model.joblib")))

if os.environ.get("TUNELENS_PURPOSE") == "retrain":
    joblib.dump(model, os.path.join(os.environ["TUNELENS_TRIAL_DIR"], "model.joblib"))
