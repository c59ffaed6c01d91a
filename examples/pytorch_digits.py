"""A small convolutional network of PyTorch on 8x8 images of handwritten digits. Runs by itself, too: python pytorch_digits.py"""
import argparse
import os

import torch
from sklearn.datasets import load_digits
from torch import nn

try:
    import tunelens_trial as trial
except ImportError:  # It runs by itself.
    trial = None

parser = argparse.ArgumentParser()
parser.add_argument("--conv-layers", type=int, default=2)
parser.add_argument("--filters", type=int, default=16)
parser.add_argument("--dense-units", type=int, default=64)
parser.add_argument("--dropout", type=float, default=0.2)
parser.add_argument("--optimizer", choices=["adam", "sgd"], default="adam")
parser.add_argument("--lr", type=float, default=1e-3)
parser.add_argument("--momentum", type=float, default=0.9)
parser.add_argument("--epochs", type=int, default=15)
parser.add_argument("--seed", type=int, default=7)
args = parser.parse_args()

# Three fifths to train on, one to validate; the last one is left for a test.
pixels, labels = load_digits(return_X_y=True)
order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
x = torch.tensor(pixels / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)[order]
y = torch.tensor(labels)[order]
fifth = len(y) // 5
x_train, y_train = x[: 3 * fifth], y[: 3 * fifth]
x_val, y_val = x[3 * fifth : 4 * fifth], y[3 * fifth : 4 * fifth]

torch.manual_seed(args.seed)
layers = []
for layer in range(args.conv_layers):
    layers += [nn.Conv2d(1 if layer == 0 else args.filters, args.filters, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2)]
size = 8 // 2**args.conv_layers
layers += [nn.Flatten(), nn.Linear(args.filters * size * size, args.dense_units), nn.ReLU()]
model = nn.Sequential(*layers, nn.Dropout(args.dropout), nn.Linear(args.dense_units, 10))
if args.optimizer == "adam":
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
else:
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum)

best, best_epoch, weights = 0.0, 0, None
first_epoch = 0


def save(folder):
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": torch.get_rng_state(),
        "best": (best, best_epoch, weights),
    }
    torch.save(state, os.path.join(folder, "state.pt"))


if trial and trial.checkpoint_folder:
    state = torch.load(os.path.join(trial.checkpoint_folder, "state.pt"))
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    best, best_epoch, weights = state["best"]
    first_epoch = trial.first_step
for epoch in range(first_epoch, args.epochs):
    model.train()
    for batch in torch.randperm(len(y_train)).split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x_train[batch]), y_train[batch]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        output = model(x_val)
    val_loss = nn.functional.cross_entropy(output, y_val).item()
    val_acc = (output.argmax(1) == y_val).float().mean().item()
    print(f"epoch={epoch} val_loss={val_loss:.4f} val_acc={val_acc:.4f}")
    if val_acc > best:
        best, best_epoch = val_acc, epoch
        weights = {name: value.clone() for name, value in model.state_dict().items()}
    elif epoch - best_epoch >= 6:
        break
    if trial:
        trial.save_checkpoint(epoch, save)

if os.environ.get("TUNELENS_PURPOSE") == "retrain":
    torch.save(weights, os.path.join(os.environ["TUNELENS_TRIAL_DIR"], "model.pt"))
