"""A compiled model, trained by `fit`."""


class Fitted:
    """Of a subclass, `build` makes the model anew, with the kernels that are given."""

    def __init__(self, given, options, batch_size):
        *self.kernels, self.x, self.y = given.values()
        self.options, self.batch_size = options, batch_size
        self.model = self.build(True)

    def loss(self):
        batch = slice(self.batch_size)
        return self.build(False).train_on_batch(self.x[batch], self.y[batch])

    def steps(self, count):
        epochs = count * self.batch_size // len(self.x)
        self.model.fit(self.x, self.y, batch_size=self.batch_size, epochs=epochs, verbose=0)
