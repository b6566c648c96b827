#!/usr/bin/env python3
"""Attention by libflashattention against attention by PyTorch, ONNX Runtime and OpenVINO, on this CPU.

    swift build -c release --product flashattention
    python3 Benchmarks/peers/peers.py [--quick] [--json FILE]

All run in this process, on the same inputs and with as many threads. A pair is a call of ours and one of the peer's,
one after the other, and which comes first alternates; the table has the median of the ratios of their times with its
quartiles: below 1, ours takes less. A time is that of one call, or the mean of as many as take 5 ms, after one that
is not timed. Both are asked for from Python and return fresh memory. Before a time the process sleeps for 3 ms, since
threads of some libraries spin for a while after a call, on the cores that the next one would need.

A peer computes in f32 unless `--types` says otherwise; ours does always, and its inputs are f32 unless `--ours same`.
The greatest difference of the two outputs is in the table. What a peer cannot do is said, and left out.
"""

import argparse
import contextlib
import importlib
import json
import os
import pathlib
import platform
import statistics
import sys
import time

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Examples" / "python"))
import flash  # noqa: E402

# Queries, keys, heads, heads of keys, features.
SHAPES = [
    (512, 512, 16, 16, 64), (1024, 1024, 16, 16, 64), (4096, 4096, 4, 4, 64),
    (16384, 16384, 1, 1, 64), (1024, 1024, 12, 12, 128), (4096, 4096, 4, 4, 128),
    (512, 512, 12, 12, 32), (128, 128, 12, 12, 64), (1, 16384, 32, 8, 128),
]
QUICK = [(512, 512, 16, 16, 64), (128, 128, 12, 12, 64), (1, 4096, 32, 8, 128)]


class Refusal(Exception):
    """What a peer cannot do, in a sentence."""


class Case:
    """One problem: inputs as NumPy arrays of f32, and what is asked of them."""

    def __init__(self, shape, causal, threads, type, backward):
        self.shape, self.causal, self.threads = shape, causal, threads
        self.type, self.backward = type, backward
        queries, keys, heads, kv_heads, d = shape
        random = numpy.random.default_rng(0)
        self.q, self.k, self.v, self.gradient = (
            random.standard_normal(size, dtype=numpy.float32)
            for size in ((1, heads, queries, d), (1, kv_heads, keys, d), (1, kv_heads, keys, d),
                         (1, heads, queries, d)))

    @property
    def is_grouped(self):
        return self.shape[2] != self.shape[3]


# MARK: The sides


def ours(case, same_type):
    """Returns what calls libflashattention once, and returns its results in f32."""
    arrays = [case.q, case.k, case.v, case.gradient]
    if same_type and case.type == "f16":
        arrays = [array.astype(numpy.float16) for array in arrays]
    if same_type and case.type == "bf16":
        from ml_dtypes import bfloat16
        arrays = [array.astype(bfloat16) for array in arrays]
    q, k, v, gradient = arrays
    options = dict(causal=case.causal, threads=case.threads)

    def call():
        if not case.backward:
            return (flash.attention(q, k, v, **options),)
        o, lse = flash.attention(q, k, v, return_lse=True, **options)
        return (o, *flash.attention_backward(q, k, v, gradient, output=o, lse=lse, **options))

    return call


class Torch:
    """scaled_dot_product_attention, and its gradients by autograd."""

    name = "torch"
    modules = ("torch",)

    def prepare(self, case):
        import torch
        type = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}[case.type]
        q, k, v, gradient = (
            torch.from_numpy(array).to(type) for array in (case.q, case.k, case.v, case.gradient))
        if case.backward:
            q, k, v = (tensor.requires_grad_() for tensor in (q, k, v))
        sdpa = torch.nn.functional.scaled_dot_product_attention
        grouped = dict(enable_gqa=True) if case.is_grouped else {}

        def call():
            torch.set_num_threads(case.threads)
            if not case.backward:
                with torch.no_grad():
                    return (sdpa(q, k, v, is_causal=case.causal, **grouped),)
            o = sdpa(q, k, v, is_causal=case.causal, **grouped)
            return (o.detach(), *torch.autograd.grad(o, (q, k, v), gradient))

        return call, lambda results: [result.float().numpy() for result in results]

    @staticmethod
    def environment():
        import torch
        return dict(
            version=torch.__version__, capability=torch.backends.cpu.get_cpu_capability(),
            parallel=torch.__config__.parallel_info().splitlines()[0:3])


class OnnxRuntime:
    """ai.onnx's Attention of opset 23, which takes [batch, heads, tokens, features]."""

    name = "onnxruntime"
    modules = ("onnxruntime", "onnx")
    operator, domain = "Attention", ""

    def attributes(self, case):
        return dict(is_causal=int(case.causal))

    def sizes(self, case):
        queries, keys, heads, kv_heads, d = case.shape
        return [[1, heads, queries, d], [1, kv_heads, keys, d], [1, kv_heads, keys, d]]

    def arrays(self, case):
        return case.q, case.k, case.v

    def output(self, case, array):
        return array

    def prepare(self, case):
        import onnx
        import onnxruntime
        if case.backward:
            raise Refusal(f"{self.name} has no backward pass of attention")
        if case.type == "bf16":
            raise Refusal(f"{self.name} takes no bf16 from NumPy")
        type = numpy.float32 if case.type == "f32" else numpy.float16
        element = onnx.helper.np_dtype_to_tensor_dtype(numpy.dtype(type))
        node = onnx.helper.make_node(
            self.operator, ["q", "k", "v"], ["o"], domain=self.domain, **self.attributes(case))
        graph = onnx.helper.make_graph(
            [node], "attention",
            [onnx.helper.make_tensor_value_info(name, element, size)
             for name, size in zip("qkv", self.sizes(case))],
            [onnx.helper.make_tensor_value_info("o", element, None)])
        model = onnx.helper.make_model(graph, opset_imports=[
            onnx.helper.make_opsetid("", 23), onnx.helper.make_opsetid("com.microsoft", 1)])
        model.ir_version = 11
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = case.threads, 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        inputs = {
            name: numpy.ascontiguousarray(array, type)
            for name, array in zip("qkv", self.arrays(case))}
        return lambda: session.run(None, inputs), lambda results: [
            self.output(case, results[0]).astype(numpy.float32)]

    @staticmethod
    def environment():
        import onnx
        import onnxruntime
        return dict(version=onnxruntime.__version__, onnx=onnx.__version__)


class OnnxRuntimeMHA(OnnxRuntime):
    """com.microsoft's MultiHeadAttention, in the layout that it is made for: [batch, tokens, heads · features]."""

    name = "onnxruntime-mha"
    operator, domain = "MultiHeadAttention", "com.microsoft"

    def attributes(self, case):
        if case.is_grouped:
            raise Refusal("MultiHeadAttention has no heads that share keys")
        return dict(num_heads=case.shape[2], unidirectional=int(case.causal))

    def sizes(self, case):
        queries, keys, heads, _, d = case.shape
        return [[1, queries, heads * d], [1, keys, heads * d], [1, keys, heads * d]]

    def arrays(self, case):
        return [array.transpose(0, 2, 1, 3).reshape(size)
                for array, size in zip((case.q, case.k, case.v), self.sizes(case))]

    def output(self, case, array):
        queries, _, heads, _, d = case.shape
        return array.reshape(1, queries, heads, d).transpose(0, 2, 1, 3)


class OpenVINO:
    """opset13's scaled_dot_product_attention."""

    name = "openvino"
    modules = ("openvino",)

    def prepare(self, case):
        import openvino
        from openvino import opset13
        if case.backward:
            raise Refusal("openvino has no backward pass")
        if case.is_grouped:
            raise Refusal("opset13's ScaledDotProductAttention has no heads that share keys")
        if case.type != "f32":
            # Inputs of f32 and arithmetic in the other type, where the CPU has it.
            core = openvino.Core()
            offered = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
            if {"f16": "FP16", "bf16": "BF16"}[case.type] not in offered:
                raise Refusal(f"openvino has no {case.type} on this CPU, which offers {offered}")
        inputs = [opset13.parameter(array.shape, numpy.float32, name=name)
                  for name, array in zip("qkv", (case.q, case.k, case.v))]
        node = opset13.scaled_dot_product_attention(*inputs, causal=case.causal)
        compiled = openvino.Core().compile_model(openvino.Model([node], inputs), "CPU", {
            "INFERENCE_NUM_THREADS": case.threads, "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": case.type})
        request = compiled.create_infer_request()
        arrays = [case.q, case.k, case.v]
        return (
            lambda: request.infer(arrays, share_inputs=True, share_outputs=False),
            lambda results: [results[0]])

    @staticmethod
    def environment():
        import openvino
        return dict(version=openvino.get_version())


PEERS = {peer.name: peer for peer in (Torch(), OnnxRuntime(), OnnxRuntimeMHA(), OpenVINO())}


# MARK: Measuring


def seconds(call):
    """The time of a call, after one that is not timed unless calls are long."""
    time.sleep(0.003)
    start = time.perf_counter()
    call()
    once = time.perf_counter() - start
    if once > 0.1:
        return once
    count = max(1, min(100, round(0.005 / once)))
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def measure(case, peer, options):
    """Samples of both sides, in pairs, and how far apart their results are."""
    other, results = peer.prepare(case)
    mine = ours(case, options.ours == "same")
    first = [numpy.asarray(result, numpy.float32) for result in mine()]
    difference = max(
        float(numpy.abs(a - b).max()) for a, b in zip(first, results(other())))
    samples = {"ours": [], "peer": []}
    for pair in range(options.pairs):
        sides = [("ours", mine), ("peer", other)]
        for name, call in sides if pair % 2 == 0 else reversed(sides):
            samples[name].append(seconds(call))
    ratios = [a / b for a, b in zip(samples["ours"], samples["peer"])]
    low, middle, high = (
        statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3)
    return dict(
        ratio=middle, quartiles=[low, high], pairs=len(ratios), difference=difference,
        ours_seconds=samples["ours"], peer_seconds=samples["peer"])


def environment(peers):
    cpu = platform.processor()
    with contextlib.suppress(OSError):
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return dict(
        cpu=cpu, cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else
        os.cpu_count(), system=platform.platform(), python=platform.python_version(),
        numpy=numpy.__version__, flashattention=flash.version,
        load=os.getloadavg() if hasattr(os, "getloadavg") else None,
        peers={peer.name: peer.environment() for peer in peers},
        variables={name: os.environ[name] for name in sorted(os.environ)
                   if name.startswith(("OMP_", "MKL_", "KMP_", "GOMP_", "ATEN_", "OV_"))})


def installed(names):
    peers = []
    for name in names:
        peer = PEERS[name]
        try:
            for module in peer.modules:
                importlib.import_module(module)
            peers.append(peer)
        except ImportError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    return peers


def shape(text):
    """TOKENS:HEADS:FEATURES, or QUERIES:KEYS:HEADS:KVHEADS:FEATURES."""
    numbers = tuple(map(int, text.split(":")))
    if len(numbers) == 3:
        tokens, heads, d = numbers
        return tokens, tokens, heads, heads, d
    if len(numbers) != 5:
        raise argparse.ArgumentTypeError(f"{text} has {len(numbers)} numbers, and 3 or 5 are expected")
    return numbers


def listed(kind, choices=None):
    def parse(text):
        items = [kind(item) for item in text.split(",")]
        for item in items:
            if choices and item not in choices:
                raise argparse.ArgumentTypeError(f"{item} is none of {', '.join(choices)}")
        return items
    return parse


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", type=listed(shape), help="TOKENS:HEADS:FEATURES or "
                        "QUERIES:KEYS:HEADS:KVHEADS:FEATURES, with commas between several")
    parser.add_argument("--threads", type=listed(int), default=[1, 2])
    parser.add_argument("--pairs", type=int, help="by default 15, and 3 with --quick")
    masks = parser.add_mutually_exclusive_group()
    masks.add_argument("--causal", action="store_true", help="causal attention alone")
    masks.add_argument("--plain", action="store_true", help="attention without a mask alone")
    masks.add_argument("--both", action="store_true", help="both: the default")
    parser.add_argument("--peers", type=listed(str, PEERS), default=list(PEERS))
    parser.add_argument("--types", type=listed(str, ("f32", "f16", "bf16")), default=["f32"],
                        help="of the peers")
    parser.add_argument("--ours", choices=("f32", "same"), default="f32", help="type of ours")
    parser.add_argument("--backward", action="store_true", help="the backward pass too, by the "
                        "forward pass and it together")
    parser.add_argument("--quick", action="store_true", help="few pairs of a few small shapes")
    parser.add_argument("--json", metavar="FILE", help="write all samples")
    options = parser.parse_args()
    options.shapes = options.shapes or (QUICK if options.quick else SHAPES)
    options.pairs = options.pairs or (3 if options.quick else 15)
    options.masks = [True] if options.causal else [False] if options.plain else [False, True]
    return options


def main():
    options = arguments()
    peers = installed(options.peers)
    document = dict(environment=environment(peers), runs=[], skipped=[])
    print(json.dumps(document["environment"]), flush=True)
    print(f"{'peer':<16}{'type':>5}{'queries':>8}{'keys':>7}{'heads':>6}{'kv':>4}{'d':>5}  "
          f"{'mask':<7}{'pass':<9}{'threads':>7}{'ours ms':>10}{'peer ms':>10}  "
          f"{'ratio':>6} (quartiles, pairs)       difference")
    refused = set()
    for one in options.shapes:
        for causal in options.masks:
            # One query sees all keys, as the last of a sequence does.
            if causal and one[0] != one[1]:
                continue
            for backward in [False, True] if options.backward and one[0] > 1 else [False]:
                for type in options.types:
                    for threads in options.threads:
                        case = Case(one, causal, threads, type, backward)
                        for peer in peers:
                            row(case, peer, options, document, refused)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(document, indent=1) + "\n")


def row(case, peer, options, document, refused):
    description = dict(
        peer=peer.name, type=case.type, ours_type=case.type if options.ours == "same" else "f32",
        queries=case.shape[0], keys=case.shape[1], heads=case.shape[2], kv_heads=case.shape[3],
        head_dim=case.shape[4], causal=case.causal, backward=case.backward, threads=case.threads)
    try:
        result = measure(case, peer, options)
    except Exception as error:  # A peer's exceptions are its own.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        document["skipped"].append(description | dict(reason=reason))
        if (peer.name, reason) not in refused:
            refused.add((peer.name, reason))
            print(f"{peer.name} is left out: {reason}", flush=True)
        return
    document["runs"].append(description | result)
    low, high = result["quartiles"]
    queries, keys, heads, kv_heads, d = case.shape
    print(f"{peer.name:<16}{case.type:>5}{queries:>8}{keys:>7}{heads:>6}{kv_heads:>4}{d:>5}  "
          f"{'causal' if case.causal else 'none':<7}"
          f"{'both' if case.backward else 'forward':<9}{case.threads:>7}"
          f"{1e3 * statistics.median(result['ours_seconds']):>10.2f}"
          f"{1e3 * statistics.median(result['peer_seconds']):>10.2f}  "
          f"{result['ratio']:>6.3f} ({low:.3f} … {high:.3f}, {result['pairs']})   "
          f"{result['difference']:>12.1e}", flush=True)


if __name__ == "__main__":
    main()
