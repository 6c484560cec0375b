"""The same training in PyTorch or Keras: `peers.py torch` or `peers.py keras`.

Reads one line of JSON (workload and threads) and answers {"ready": version} or {"missing": why}. Then, for each line with
a number of seconds, trains whole epochs for about so long and answers {"steps", "seconds", "overheadSeconds"}, the last
of which it does not know. Ends with its input.
"""

import json
import os
import sys
import time


def dataset(workload, numpy):
    """Rows of the workload's size: features [rows, features] float32, class indices [rows]."""
    random = numpy.random.default_rng(1)
    x = random.standard_normal((workload["rows"], workload["features"]), dtype="float32")
    classes = max(2, workload["layers"][-1]["units"])
    return x, numpy.arange(workload["rows"]) % classes


def prepare_torch(workload, threads):
    import numpy
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(1)
    modules, penalties = [], []
    width = workload["features"]
    for layer in workload["layers"]:
        dense = torch.nn.Linear(width, layer["units"])
        width = layer["units"]
        modules.append(dense)
        if layer["activation"] == "relu":
            modules.append(torch.nn.ReLU())
        if "dropout" in layer:
            modules.append(torch.nn.Dropout(layer["dropout"]))
        if "penalty" in layer:
            penalties.append((dense.weight, layer["penalty"]))
    # The last activation is part of the loss: it takes logits.
    model = torch.nn.Sequential(*modules)
    x, classes = dataset(workload, numpy)
    x = torch.from_numpy(x)
    if workload["layers"][-1]["activation"] == "sigmoid":
        y = torch.from_numpy(classes.astype("float32")).unsqueeze(1)
        data_loss = torch.nn.BCEWithLogitsLoss()
    else:
        y = torch.from_numpy(classes)
        data_loss = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=workload["learningRate"], eps=1e-7)
    batch = workload["batch"]

    def train():
        total = 0.0
        order = torch.randperm(workload["rows"])
        for start in range(0, workload["rows"], batch):
            rows = order[start : start + batch]
            optimizer.zero_grad()
            loss = data_loss(model(x[rows]), y[rows])
            for weight, penalty in penalties:
                size = weight.abs().sum() if penalty["kind"] == "l1" else weight.square().sum()
                loss = loss + penalty["strength"] * size
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total

    model.train()
    return torch.__version__, train


def prepare_keras(workload, threads):
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import numpy
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((workload["features"],))])
    for layer in workload["layers"]:
        penalty = layer.get("penalty")
        regularizer = None
        if penalty:
            regularizer = keras.regularizers.L1L2(**{penalty["kind"]: penalty["strength"]})
        model.add(keras.layers.Dense(layer["units"], layer["activation"], kernel_regularizer=regularizer))
        if "dropout" in layer:
            model.add(keras.layers.Dropout(layer["dropout"]))
    binary = workload["layers"][-1]["activation"] == "sigmoid"
    model.compile(
        optimizer=keras.optimizers.Adam(workload["learningRate"]),
        loss="binary_crossentropy" if binary else "sparse_categorical_crossentropy",
    )
    x, y = dataset(workload, numpy)
    if binary:
        y = y.astype("float32").reshape(-1, 1)

    def train():
        model.fit(x, y, batch_size=workload["batch"], epochs=1, shuffle=True, verbose=0)

    return f"{keras.__version__}, TensorFlow {tensorflow.__version__}", train


def main():
    # Libraries print on the standard output: it is kept for the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(answer):
        print(json.dumps(answer), file=answers, flush=True)

    setup = json.loads(sys.stdin.readline())
    workload, threads = setup["workload"], setup["threads"]
    os.environ["OMP_NUM_THREADS"] = str(threads)
    prepare = {"torch": prepare_torch, "keras": prepare_keras}[sys.argv[1]]
    try:
        version, train = prepare(workload, threads)
    except ImportError as error:
        say({"missing": str(error)})
        return
    train()
    say({"ready": version})
    for line in sys.stdin:
        wanted, started, epochs, seconds = float(line), time.perf_counter(), 0, 0.0
        while seconds < wanted:
            train()
            epochs += 1
            seconds = time.perf_counter() - started
        say({"steps": epochs * (workload["rows"] // workload["batch"]), "seconds": seconds, "overheadSeconds": None})


main()
