"""Reads a torch module from torch's legacy pickle file (protocol 1001) with numpy alone.

Only the names in ALLOWED are resolved, each to a plain record: no code of the file or of torch runs. The format is that of
torch/serialization.py (`_legacy_save`): magic number, protocol, system information, the object, the list of storage keys, then per
storage an int64 element count and the raw little-endian elements.
"""

import io
import pickle
import struct
from collections import OrderedDict

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
STORAGE_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
NETWORK = "models.network_def.mobilefacenet_def"
ALLOWED = {
    ("torch.nn.parallel.data_parallel", "DataParallel"),
    ("torch.nn.modules.activation", "PReLU"),
    ("torch.nn.modules.batchnorm", "BatchNorm1d"),
    ("torch.nn.modules.batchnorm", "BatchNorm2d"),
    ("torch.nn.modules.container", "Sequential"),
    ("torch.nn.modules.conv", "Conv2d"),
    ("torch.nn.modules.linear", "Linear"),
    (NETWORK, "Conv_block"),
    (NETWORK, "Depth_Wise"),
    (NETWORK, "Flatten"),
    (NETWORK, "Linear_block"),
    (NETWORK, "MobileFaceNet"),
    (NETWORK, "Residual"),
}


class Module:
    """A torch module as data: `kind`, its attributes, and its parameters, buffers and children by name."""

    kind = "Module"

    def __setstate__(self, state):
        self.attributes = state

    def __getattr__(self, name):
        state = self.__dict__.get("attributes", {})
        for part in ("_parameters", "_buffers", "_modules"):
            if name in state.get(part, {}):
                value = state[part][name]
                return value.array() if isinstance(value, Tensor) else value
        if name in state:
            return state[name]
        raise AttributeError(f"{self.kind} has no {name}")

    def children(self):
        return self.attributes["_modules"].items()


class Tensor:
    """A view of a storage; its numbers are there once the storages behind the pickle have been read."""

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self):
        data = self.storage["data"]
        last = self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.strides))
        if min(self.shape, default=1) < 1 or self.offset < 0 or min(self.strides, default=0) < 0 or last >= data.size:
            raise ValueError("torch pickle: a tensor reaches outside its storage")
        steps = [s * data.itemsize for s in self.strides]
        return np.lib.stride_tricks.as_strided(data[self.offset:], self.shape, steps, writeable=False).copy()


def rebuild_tensor(storage, offset, shape, strides, *_):
    return Tensor(storage, offset, tuple(shape), tuple(strides))


class Unpickler(pickle.Unpickler):
    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) in ALLOWED:
            return type(name, (Module,), {"kind": name})
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return rebuild_tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda data, *_: data
        if (module, name) == ("torch", "device"):
            return lambda *_: None
        if module == "torch" and name in STORAGE_DTYPES:
            return STORAGE_DTYPES[name]
        raise pickle.UnpicklingError(f"torch pickle: {module}.{name} is not allowed")

    def persistent_load(self, pid):
        if pid[0] == "module":  # (class, source file, source text): the class is enough
            return pid[1]
        kind, dtype, key, _device, numel, view = pid
        if kind != "storage" or view is not None:
            raise pickle.UnpicklingError(f"torch pickle: unknown persistent id {kind}")
        return self.storages.setdefault(key, {"dtype": dtype, "numel": numel, "data": None})


def load(data):
    """bytes of a torch legacy pickle -> the Module in it"""
    file = io.BytesIO(data)
    head = [Unpickler(file).load() for _ in range(3)]
    if head[0] != MAGIC or head[1] != PROTOCOL or not head[2]["little_endian"]:
        raise ValueError("not a little-endian torch legacy pickle")
    reader = Unpickler(file)
    module = reader.load()
    for key in Unpickler(file).load():
        storage = reader.storages[key]
        (count,) = struct.unpack("<q", file.read(8))
        if count != storage["numel"]:
            raise ValueError(f"torch pickle: storage {key} has {count} elements, expected {storage['numel']}")
        raw = file.read(count * storage["dtype"].itemsize)
        storage["data"] = np.frombuffer(raw, storage["dtype"], count)
    return module
