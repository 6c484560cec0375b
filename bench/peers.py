"""The same training in PyTorch or Keras: `peers.py torch` or `peers.py keras`.

Reads one line of JSON (workload and threads) and answers {"ready": version} or {"missing": why}. Then, for each line with
a number of seconds, trains whole epochs for about so long and answers {"steps", "seconds", "overheadSeconds"}, the last
of which it does not know. Ends with its input.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time


def classes_of(workload):
    return max(2, workload["layers"][-1]["units"])


def dataset(workload, numpy):
    """Rows of the workload's size: inputs [rows, ...input] float32, class indices [rows]."""
    random = numpy.random.default_rng(1)
    x = random.standard_normal([workload["rows"], *workload["input"]], dtype="float32")
    return x, numpy.arange(workload["rows"]) % classes_of(workload)


def prepare_torch(workload, threads):
    """The faster of PyTorch's two layouts for images; numbers have but one."""
    if len(workload["input"]) == 1:
        return build_torch(workload, threads, None)
    if importlib.util.find_spec("torch") is None:
        raise ImportError("No module named 'torch'")
    # Each in a process of its own, so that only the chosen one's memory is seen; in turns, so that no moment favours one.
    trials = [(trial(workload, threads, layout), layout) for _ in range(3) for layout in ("default", "channels_last")]
    return build_torch(workload, threads, min(trials)[1])


def trial(workload, threads, layout):
    setup = json.dumps({"workload": {**workload, "rows": 4 * workload["batch"]}, "threads": threads})
    command = [sys.executable, os.path.abspath(__file__), layout]
    return float(subprocess.run(command, input=setup, capture_output=True, text=True, check=True).stdout)


def time_torch(layout):
    """Prints how long a short epoch takes in a layout."""
    setup = json.loads(sys.stdin.readline())
    _, train = build_torch(setup["workload"], setup["threads"], layout)
    train()
    seconds = []
    for _ in range(4):
        started = time.perf_counter()
        train()
        seconds.append(time.perf_counter() - started)
    print(min(seconds))


def build_torch(workload, threads, layout):
    import numpy
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(1)
    penalties = []

    class Residual(torch.nn.Module):
        def __init__(self, layers, shortcut):
            super().__init__()
            self.layers, self.shortcut = layers, shortcut

        def forward(self, x):
            return self.layers(x) + self.shortcut(x)

    def sequence(layers, sizes):
        """Modules for values of these sizes (channels first), and the sizes of what they give."""
        modules = []
        for layer in layers:
            kind = layer["kind"]
            if kind == "dense":
                modules.append(torch.nn.Linear(sizes[0], layer["units"]))
                sizes = [layer["units"]]
                if "penalty" in layer:
                    penalties.append((modules[-1].weight, layer["penalty"]))
                # Any other activation is part of the loss: it takes logits.
                if layer["activation"] == "relu":
                    modules.append(torch.nn.ReLU())
            elif kind == "convolution":
                size, stride = layer["size"], layer["stride"]
                modules.append(torch.nn.Conv2d(sizes[0], layer["filters"], size, stride, size // 2, bias=layer["bias"]))
                sizes = [layer["filters"], *(-(-length // stride) for length in sizes[1:])]
            elif kind == "batchNormalization":
                modules.append(torch.nn.BatchNorm2d(sizes[0], eps=1e-3))
            elif kind == "relu":
                modules.append(torch.nn.ReLU())
            elif kind == "dropout":
                modules.append(torch.nn.Dropout(layer["rate"]))
            elif kind == "maxPooling":
                modules.append(torch.nn.MaxPool2d(2))
                sizes = [sizes[0], *(length // 2 for length in sizes[1:])]
            elif kind == "globalAveragePooling":
                modules += [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()]
                sizes = sizes[:1]
            elif kind == "flatten":
                modules.append(torch.nn.Flatten())
                sizes = [numpy.prod(sizes).item()]
            elif kind == "residual":
                shortcut, _ = sequence(layer["shortcut"], sizes)
                inner, sizes = sequence(layer["layers"], sizes)
                modules.append(Residual(inner, shortcut))
            else:
                raise ValueError(kind)
        return torch.nn.Sequential(*modules), sizes

    x, classes = dataset(workload, numpy)
    x = torch.from_numpy(x)
    image = x.dim() == 4
    if image:
        x = x.permute(0, 3, 1, 2).contiguous()
    model, _ = sequence(workload["layers"], list(x.shape[1:]))
    if image and layout == "channels_last":
        model = model.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
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
    return ", ".join([torch.__version__, *([layout] if image else [])]), train


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

    def made(layer):
        kind = layer["kind"]
        if kind == "dense":
            penalty = layer.get("penalty")
            regularizer = keras.regularizers.L1L2(**{penalty["kind"]: penalty["strength"]}) if penalty else None
            return keras.layers.Dense(layer["units"], layer["activation"], kernel_regularizer=regularizer)
        if kind == "convolution":
            filters, size, stride = layer["filters"], layer["size"], layer["stride"]
            return keras.layers.Conv2D(filters, size, stride, padding="same", use_bias=layer["bias"])
        if kind == "dropout":
            return keras.layers.Dropout(layer["rate"])
        return {
            "batchNormalization": keras.layers.BatchNormalization,
            "relu": keras.layers.ReLU,
            "maxPooling": keras.layers.MaxPooling2D,
            "globalAveragePooling": keras.layers.GlobalAveragePooling2D,
            "flatten": keras.layers.Flatten,
        }[kind]()

    def follow(x, layers):
        for layer in layers:
            if layer["kind"] == "residual":
                x = keras.layers.Add()([follow(x, layer["layers"]), follow(x, layer["shortcut"])])
            else:
                x = made(layer)(x)
        return x

    inputs = keras.Input(tuple(workload["input"]))
    model = keras.Model(inputs, follow(inputs, workload["layers"]))
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


if sys.argv[1] in ("default", "channels_last"):
    time_torch(sys.argv[1])
else:
    main()
