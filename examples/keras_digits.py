"""A small convolutional network of Keras on 8x8 images of handwritten digits. Runs by itself, too: python keras_digits.py"""
import argparse
import os

import keras
import numpy as np
from sklearn.datasets import load_digits

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
order = np.random.default_rng(0).permutation(len(labels))
x = (pixels / 16).astype("float32").reshape(-1, 8, 8, 1)[order]
y = labels[order]
fifth = len(y) // 5

keras.utils.set_random_seed(args.seed)
model = keras.Sequential([keras.Input((8, 8, 1))])
for _ in range(args.conv_layers):
    model.add(keras.layers.Conv2D(args.filters, 3, padding="same", activation="relu"))
    model.add(keras.layers.MaxPooling2D(2))
model.add(keras.layers.Flatten())
model.add(keras.layers.Dense(args.dense_units, activation="relu"))
model.add(keras.layers.Dropout(args.dropout))
model.add(keras.layers.Dense(10, activation="softmax"))
if args.optimizer == "adam":
    optimizer = keras.optimizers.Adam(args.lr)
else:
    optimizer = keras.optimizers.SGD(args.lr, momentum=args.momentum)
model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# Keras prints a line such as "accuracy: 0.9 - loss: 0.3 - val_accuracy: 0.95 - val_loss: 0.2" after each epoch.
model.fit(
    x[: 3 * fifth],
    y[: 3 * fifth],
    validation_data=(x[3 * fifth : 4 * fifth], y[3 * fifth : 4 * fifth]),
    batch_size=64,
    epochs=args.epochs,
    verbose=2,
    callbacks=[keras.callbacks.EarlyStopping(monitor="val_accuracy", mode="max", patience=6, restore_best_weights=True)],
)

if os.environ.get("TUNELENS_PURPOSE") == "retrain":
    model.save(os.path.join(os.environ["TUNELENS_TRIAL_DIR"], "model.keras"))
