"""Attention on the CPU by libflashattention, for NumPy arrays and PyTorch tensors, without copies.

    import flash, numpy
    q, k, v = (numpy.random.randn(1, 8, 1024, 64).astype("float32") for _ in range(3))
    o = flash.attention(q, k, v, causal=True)

Tensors are [batch, heads, tokens, features] or [heads, tokens, features], and heads of keys and
values may be fewer than those of queries (they divide them). The library is looked for at
$FLASHATTENTION_LIBRARY, beside this file, and in .build/release of the repository.
"""

import ctypes
import math
import os
import pathlib
import sys

import numpy

# MARK: The C interface, see flash_attention.h


class _Parameters(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_uint32),
        ("element_type", ctypes.c_int32),
        *((name, ctypes.c_int64) for name in (
            "batch", "heads", "kv_heads", "queries", "keys", "head_dim", "value_dim")),
        ("scale", ctypes.c_float),
        ("softcap", ctypes.c_float),
        ("dropout", ctypes.c_double),
        ("seed", ctypes.c_uint64),
        ("causal", ctypes.c_int32),
        ("has_window", ctypes.c_uint32),
        ("window_left", ctypes.c_int64),
        ("window_right", ctypes.c_int64),
        ("sinks", ctypes.c_int64),
        ("key_lengths", ctypes.c_void_p),
        ("packed_sequences", ctypes.c_int64),
        ("packed_queries", ctypes.c_void_p),
        ("packed_keys", ctypes.c_void_p),
        ("alibi_slopes", ctypes.c_void_p),
        ("mask", ctypes.c_void_p),
        ("mask_batch", ctypes.c_int64),
        ("mask_heads", ctypes.c_int64),
        ("bias", ctypes.c_void_p),
        ("bias_batch", ctypes.c_int64),
        ("bias_heads", ctypes.c_int64),
        ("bias_type", ctypes.c_int32),
        ("algorithm", ctypes.c_int32),
        ("splits", ctypes.c_int64),
        ("sram_bytes", ctypes.c_int64),
        ("threads", ctypes.c_int32),
        ("reserved", ctypes.c_uint32),
    ]


class _Traffic(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_uint32),
        ("algorithm", ctypes.c_int32),
        *((name, ctypes.c_int64) for name in (
            "read_elements", "written_elements", "read_bytes", "written_bytes",
            "peak_sram_bytes", "matmul_flops", "exponentials", "other_operations", "block_rows",
            "block_columns", "splits", "threads")),
        ("seconds", ctypes.c_double),
    ]


_ELEMENT_TYPES = {"float32": 0, "float16": 1, "bfloat16": 2}
_CAUSAL = {False: 0, None: 0, True: 1, "top-left": 1, "bottom-right": 2}
_ALGORITHMS = {
    None: 0, "flash2": 1, "split-kv": 2, "flash1": 3, "standard": 4, "square-tiling": 5,
    "standard-eager": 6}


def _load():
    name = "libflashattention.dylib" if sys.platform == "darwin" else "libflashattention.so"
    here = pathlib.Path(__file__).resolve().parent
    given = os.environ.get("FLASHATTENTION_LIBRARY")
    places = [pathlib.Path(given)] if given else [
        here / name, here.parent.parent / ".build" / "release" / name]
    for place in places:
        if place.exists():
            library = ctypes.CDLL(str(place))
            break
    else:
        raise ImportError(
            f"{name} is at none of {', '.join(map(str, places))}; please run "
            "`swift build -c release` or set FLASHATTENTION_LIBRARY.")
    pointer = ctypes.c_void_p
    library.flash_attention_forward.argtypes = [pointer] * 7
    library.flash_attention_backward.argtypes = [pointer] * 11
    library.flash_last_error_message.restype = ctypes.c_char_p
    library.flash_version.restype = ctypes.c_char_p
    return library


_library = _load()

#: The library's version.
version = _library.flash_version().decode()


def _call(function, *arguments):
    if function(*arguments) != 0:
        raise ValueError(_library.flash_last_error_message().decode())


# MARK: Tensors


class _Tensor:
    """A contiguous array or tensor of four dimensions: its address, shape and element type."""

    def __init__(self, value, name, rank=4):
        self.is_torch = _is_torch(value)
        if not self.is_torch and not isinstance(value, numpy.ndarray):
            raise TypeError(
                f"The {name} is a {type(value).__name__}, and a NumPy array or a PyTorch tensor "
                "is expected.")
        if self.is_torch and value.device.type != "cpu":
            raise ValueError(f"The {name} is on {value.device}, and attention runs on the CPU.")
        self.type = str(value.dtype).removeprefix("torch.")
        shape = tuple(value.shape)
        if len(shape) == rank - 1:
            shape = (1, *shape)
        if len(shape) != rank:
            raise ValueError(
                f"The {name} has shape {tuple(value.shape)} of rank {value.ndim}, and "
                f"{rank - 1} or {rank} are expected.")
        # Of what is not contiguous, and of nothing else, a copy is made.
        if self.is_torch:
            value = value.detach().contiguous()
            self.address = value.data_ptr()
        else:
            value = numpy.ascontiguousarray(value)
            self.address = value.ctypes.data
        self.value = value
        self.shape = shape

    def require(self, name, types):
        if self.type not in types:
            raise ValueError(
                f"The {name} has elements of {self.type}, and {' or '.join(types)} are expected.")


def _is_torch(value):
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _empty(like, shape, float32=False):
    if like.is_torch:
        torch = sys.modules["torch"]
        return torch.empty(shape, dtype=torch.float32 if float32 else like.value.dtype)
    return numpy.empty(shape, numpy.float32 if float32 else like.value.dtype)


class _Problem:
    """Checked inputs and the parameters that describe them."""

    def __init__(self, q, k, v, *, causal, scale, window, bias, mask, dropout, seed, softcap,
                 alibi_slopes, key_lengths, threads, algorithm, splits, sram_bytes):
        self.q, self.k, self.v = _Tensor(q, "query"), _Tensor(k, "key"), _Tensor(v, "value")
        self.rank = q.ndim
        self.q.require("query", tuple(_ELEMENT_TYPES))
        for name, tensor in ("key", self.k), ("value", self.v):
            tensor.require(name, (self.q.type,))
        (batch, heads, queries, d), (_, kv_heads, keys, _) = self.q.shape, self.k.shape
        for name, tensor, expected in (
            ("key", self.k, (batch, kv_heads, keys, d)),
            ("value", self.v, (batch, kv_heads, keys, self.v.shape[3])),
        ):
            if tensor.shape != expected:
                raise ValueError(
                    f"The {name} has shape {tensor.shape}, and {expected} is expected beside a "
                    f"query of shape {self.q.shape} and a key of shape {self.k.shape}.")
        self.output_shape = (batch, heads, queries, self.v.shape[3])
        p = self.parameters = _Parameters(struct_size=ctypes.sizeof(_Parameters))
        p.element_type = _ELEMENT_TYPES[self.q.type]
        p.batch, p.heads, p.kv_heads, p.queries, p.keys, p.head_dim = (
            batch, heads, kv_heads, queries, keys, d)
        p.value_dim = self.v.shape[3]
        p.scale = math.nan if scale is None else scale
        p.softcap = 0 if softcap is None else softcap
        p.dropout, p.seed, p.threads = dropout, seed, threads
        p.splits, p.sram_bytes = splits or 0, sram_bytes or 0
        p.causal = _choice("causal", causal, _CAUSAL)
        p.algorithm = _choice("algorithm", algorithm, _ALGORITHMS)
        if window is not None:
            left, right = window if isinstance(window, (tuple, list)) else (window, window)
            p.has_window = 1
            p.window_left = -1 if left is None else left
            p.window_right = -1 if right is None else right
        self.kept = []  # What the parameters point to.
        if alibi_slopes is not None:
            p.alibi_slopes = self._vector(alibi_slopes, "ALiBi slopes", heads, numpy.float32)
        if key_lengths is not None:
            p.key_lengths = self._vector(key_lengths, "key lengths", batch, numpy.int64)
        for name, value, types in (
            ("mask", mask, ("bool",)), ("bias", bias, tuple(_ELEMENT_TYPES)),
        ):
            if value is None:
                continue
            tensor = _Tensor(_four_dimensional(value), name)
            tensor.require(name, types)
            if tensor.shape[2:] != (queries, keys):
                raise ValueError(
                    f"The {name} has shape {tensor.shape}, and [{batch} or 1, {heads} or 1, "
                    f"{queries}, {keys}] is expected.")
            setattr(p, name, tensor.address)
            setattr(p, name + "_batch", tensor.shape[0])
            setattr(p, name + "_heads", tensor.shape[1])
            if name == "bias":
                p.bias_type = _ELEMENT_TYPES[tensor.type]
            self.kept.append(tensor)

    def _vector(self, values, name, count, dtype):
        vector = numpy.ascontiguousarray(values, dtype)
        if vector.shape != (count,):
            raise ValueError(f"The {name} have shape {vector.shape}, and ({count},) is expected.")
        self.kept.append(vector)
        return vector.ctypes.data

    def result(self, shape, **options):
        """Uninitialized memory, of the kind and type of the query."""
        return _Tensor(_empty(self.q, shape, **options), "result", rank=len(shape))

    def shaped(self, tensor):
        """What a caller gets: without the batch, if the query has none."""
        return tensor.value if self.rank == 4 else tensor.value[0]


def _four_dimensional(value):
    return value.reshape((1,) * (4 - value.ndim) + tuple(value.shape)) if value.ndim < 4 else value


def _choice(name, value, choices):
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, and one of {list(choices)} is expected.")
    return choices[value]


# MARK: Attention


def attention(q, k, v, *, causal=False, scale=None, window=None, bias=None, mask=None, dropout=0.0,
              seed=0, softcap=None, alibi_slopes=None, key_lengths=None, threads=0,
              algorithm=None, splits=None, sram_bytes=None, return_lse=False, traffic=False):
    """softmax(scale · q kᵀ) v.

    causal        True or "top-left" as PyTorch's is_causal, or "bottom-right" as FlashAttention.
    scale         by default 1/√d.
    window        keys on either side that a query sees, or (left, right); None is no limit.
    bias          numbers added to scores, [batch or 1, heads or 1, queries, keys] or less.
    mask          truth values of the same shape: True where a query sees a key.
    dropout, seed the probability that a weight is dropped, and what the choice depends on.
    softcap       c of c · tanh(s / c).
    alibi_slopes  a slope for each head.
    key_lengths   how many keys count, for each sequence.
    threads       at most; 0 is one a core. Results do not depend on it.
    algorithm, splits, sram_bytes
                  "flash2", "split-kv", …; chunks of keys; what blocks are chosen for.
    return_lse    return the log-sum-exps of scores too, [batch, heads, queries].
    traffic       return a dictionary of what was moved and computed too.

    PyTorch tensors that require gradients get them, of q, k and v.
    """
    options = dict(
        causal=causal, scale=scale, window=window, bias=bias, mask=mask, dropout=dropout, seed=seed,
        softcap=softcap, alibi_slopes=alibi_slopes, key_lengths=key_lengths, threads=threads,
        algorithm=algorithm, splits=splits, sram_bytes=sram_bytes)
    if _is_torch(q) and sys.modules["torch"].is_grad_enabled() and any(
            _is_torch(x) and x.requires_grad for x in (q, k, v, bias)):
        if _is_torch(bias) and bias.requires_grad:
            raise ValueError("The bias requires a gradient, and attention gives those of q, k, v.")
        o, lse, counts = _autograd().apply(q, k, v, options)
    else:
        o, lse, counts = _forward(q, k, v, options)
    results = (o,) + ((lse,) if return_lse else ()) + ((counts,) if traffic else ())
    return results if len(results) > 1 else o


def attention_backward(q, k, v, output_gradient, *, output=None, lse=None, traffic=False,
                       causal=False, scale=None, window=None, bias=None, mask=None, dropout=0.0,
                       seed=0, softcap=None, alibi_slopes=None, key_lengths=None, threads=0,
                       algorithm=None, splits=None, sram_bytes=None):
    """The gradients of q, k and v, given that of the output.

    With the output and the log-sum-exps that `attention` returned for the same arguments, the forward
    pass is not run again.
    """
    options = dict(
        causal=causal, scale=scale, window=window, bias=bias, mask=mask, dropout=dropout, seed=seed,
        softcap=softcap, alibi_slopes=alibi_slopes, key_lengths=key_lengths, threads=threads,
        algorithm=algorithm, splits=splits, sram_bytes=sram_bytes)
    gradients, counts = _backward(q, k, v, output_gradient, output, lse, options)
    return (*gradients, counts) if traffic else gradients


def _forward(q, k, v, options):
    problem = _Problem(q, k, v, **options)
    o = problem.result(problem.output_shape)
    lse = problem.result(problem.output_shape[:3], float32=True)
    counts = _Traffic(struct_size=ctypes.sizeof(_Traffic))
    _call(
        _library.flash_attention_forward, ctypes.addressof(problem.parameters), problem.q.address,
        problem.k.address, problem.v.address, o.address, lse.address, ctypes.addressof(counts))
    return problem.shaped(o), problem.shaped(lse), _dictionary(counts)


def _backward(q, k, v, output_gradient, output, lse, options):
    problem = _Problem(q, k, v, **options)
    inputs = []
    for name, value, shape, types in (
        ("output", output, problem.output_shape, (problem.q.type,)),
        ("log-sum-exp", lse, problem.output_shape[:3], ("float32",)),
        ("output gradient", output_gradient, problem.output_shape, (problem.q.type,)),
    ):
        if value is None:
            inputs.append((None, None))
            continue
        tensor = _Tensor(value, name, rank=len(shape))
        tensor.require(name, types)
        if tensor.shape != shape:
            raise ValueError(f"The {name} has shape {tensor.shape}, and {shape} is expected.")
        inputs.append((tensor, tensor.address))
    gradients = [problem.result(tensor.shape) for tensor in (problem.q, problem.k, problem.v)]
    counts = _Traffic(struct_size=ctypes.sizeof(_Traffic))
    _call(
        _library.flash_attention_backward, ctypes.addressof(problem.parameters), problem.q.address,
        problem.k.address, problem.v.address, *(address for _, address in inputs),
        *(tensor.address for tensor in gradients), ctypes.addressof(counts))
    return tuple(problem.shaped(tensor) for tensor in gradients), _dictionary(counts)


def _dictionary(counts):
    result = {name: getattr(counts, name) for name, _ in counts._fields_[1:]}
    result["algorithm"] = next(
        name for name, number in _ALGORITHMS.items() if number == counts.algorithm)
    return result


_function = None


def _autograd():
    """The torch.autograd.Function, made when PyTorch is first used."""
    global _function
    if _function is None:
        torch = sys.modules["torch"]

        class Attention(torch.autograd.Function):
            @staticmethod
            def forward(context, q, k, v, options):
                o, lse, counts = _forward(q, k, v, options)
                context.save_for_backward(q, k, v, o, lse)
                context.options = options
                context.mark_non_differentiable(lse)
                return o, lse, counts

            @staticmethod
            @torch.autograd.function.once_differentiable
            def backward(context, output_gradient, *_):
                q, k, v, o, lse = context.saved_tensors
                gradients, _ = _backward(q, k, v, output_gradient, o, lse, context.options)
                return (*gradients, None)

        _function = Attention
    return _function
