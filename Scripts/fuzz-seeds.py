"""Writes seeds for the three readers to FOLDER/{safetensors,npz,npy}; needs numpy only for some."""

import io
import json
import os
import struct
import sys

folder = sys.argv[1]


def write(format, name, data):
    os.makedirs(os.path.join(folder, format), exist_ok=True)
    with open(os.path.join(folder, format, name), "wb") as file:
        file.write(data)


def safetensors(header, data=b""):
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return struct.pack("<Q", len(text)) + text + data


write("safetensors", "empty", safetensors({}))
write("safetensors", "metadata", safetensors({"__metadata__": {"a": "b", "é": "\n"}}))
write("safetensors", "one", safetensors(
    {"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, bytes(8)))
write("safetensors", "types", safetensors({
    name: {"dtype": name, "shape": [1, 2], "data_offsets": [8 * i, 8 * i + size]}
    for i, (name, size) in enumerate(
        [("F16", 4), ("BF16", 4), ("F32", 8), ("I64", 8), ("BOOL", 2)])}, bytes(48)))
write("safetensors", "scalar", safetensors(
    {"s": {"dtype": "F64", "shape": [], "data_offsets": [0, 8]}}, bytes(8)))
write("safetensors", "nested", safetensors(b'{"x":' + b"[" * 300 + b"]" * 300 + b"}"))


def npy(text, data=b"", version=1):
    text = text.encode()
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


for version in (1, 2, 3):
    write("npy", f"v{version}", npy(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", bytes(8), version))
write("npy", "fortran", npy(
    "{'descr': '<f2', 'fortran_order': True, 'shape': (2, 3, 2), }", bytes(range(24))))
write("npy", "bool", npy(
    "{'descr': '|b1', 'fortran_order': True, 'shape': (2, 3), }", bytes([0, 1, 2, 255, 0, 1])))
write("npy", "scalar", npy("{'shape':(),'fortran_order':False,\"descr\":\"<f8\"}", bytes(8)))
write("npy", "structured", npy(
    "{'descr': [('a', '<f4', (2,))], 'fortran_order': False, 'shape': (0,)}"))

try:
    import numpy
except ImportError:
    sys.exit("no numpy: no seeds for npz")

arrays = {
    "a": numpy.arange(6, dtype=numpy.float32).reshape(2, 3),
    "b": numpy.zeros((40, 4), dtype=numpy.float16),
    "c": numpy.asfortranarray(numpy.ones((3, 2))),
    "d": numpy.array([True, False]),
    "e": numpy.float32(1),
}
for name, save in (("stored", numpy.savez), ("deflated", numpy.savez_compressed)):
    for count in (1, 5):
        file = io.BytesIO()
        save(file, **dict(list(arrays.items())[:count]))
        write("npz", f"{name}{count}", file.getvalue())
