"""libflashattention and Examples/python/flash.py, against the definition in float64."""

import pathlib
import subprocess
import sys
import unittest

import numpy

root = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(root / "Examples" / "python"), str(pathlib.Path(__file__).parent)]

import definition  # noqa: E402
import flash  # noqa: E402


def problem(batch=1, heads=2, kv_heads=None, queries=33, keys=None, d=16, dv=None, seed=0):
    """q, k, v and an output gradient, in float32."""
    random = numpy.random.default_rng(seed)
    kv_heads, keys, dv = kv_heads or heads, keys or queries, dv or d
    return [random.standard_normal(size).astype(numpy.float32) for size in (
        (batch, heads, queries, d), (batch, kv_heads, keys, d), (batch, kv_heads, keys, dv),
        (batch, heads, queries, dv))]


def causal(queries, keys, offset=0):
    return numpy.arange(keys) <= numpy.arange(queries)[:, None] + offset


class Comparison(unittest.TestCase):
    def check(self, inputs, options, terms):
        """Compares both passes with the definition, called with the same in its own terms.

        The error may be four times that of the definition in float32, and 1e-6, about which sums of
        different order differ.
        """
        q, k, v, do = inputs
        o, lse = flash.attention(q, k, v, return_lse=True, **options)
        alone = flash.attention_backward(q, k, v, do, **options)
        resumed = flash.attention_backward(q, k, v, do, output=o, lse=lse, **options)
        exact = definition.attention(q, k, v, do, **terms)
        single = definition.attention(q, k, v, do, dtype=numpy.float32, **terms)
        results = [("output", o, 0), ("log-sum-exp", lse, 1)]
        for i, name in enumerate(("dq", "dk", "dv")):
            results += [(name, resumed[i], i + 2), (name + " alone", alone[i], i + 2)]
        for name, x, i in results:
            y, z = exact[i], single[i]
            self.assertEqual(x.shape, y.shape, name)
            self.assertEqual(x.dtype, numpy.float32, name)
            finite = numpy.isfinite(y)
            numpy.testing.assert_array_equal(x[~finite], y[~finite], name)
            error = abs(x[finite] - y[finite]).max(initial=0)
            bound = 4 * abs(z[finite] - y[finite]).max(initial=0) + 1e-6
            self.assertLessEqual(error, bound, name)


class ValueTests(Comparison):
    def test_sizes(self):
        for sizes in (
            dict(queries=1, d=1), dict(queries=1, keys=100, heads=8, kv_heads=2, d=24),
            dict(batch=2, heads=3, queries=33, keys=47, d=20, dv=5), dict(queries=130, d=64),
            dict(heads=4, kv_heads=2, queries=17, keys=129, d=8, dv=40), dict(queries=20, keys=1),
        ):
            with self.subTest(sizes):
                self.check(problem(**sizes), {}, {})

    def test_scale(self):
        self.check(problem(), dict(scale=0.5), dict(scale=0.5))
        self.check(problem(), dict(scale=-0.25), dict(scale=-0.25))

    def test_algorithms(self):
        for algorithm in ("flash2", "split-kv", "flash1", "standard", "square-tiling", "standard-eager"):
            for sram in (None, 64 * 1024):
                with self.subTest(algorithm=algorithm, sram=sram):
                    self.check(
                        problem(heads=4, kv_heads=2, queries=70),
                        dict(algorithm=algorithm, causal=True, sram_bytes=sram),
                        dict(sees=causal(70, 70)))

    def test_gradients_are_slopes(self):
        q, k, v, do = problem(heads=2, kv_heads=1, queries=5, keys=6, d=3)
        options = dict(causal=True, softcap=2.0)
        terms = dict(sees=causal(5, 6), softcap=2.0)
        gradients = flash.attention_backward(q, k, v, do, **options)
        inputs = [x.astype(numpy.float64) for x in (q, k, v)]
        step = 1e-5
        for x, gradient in zip(inputs, gradients):
            for index in numpy.ndindex(x.shape):
                value, sums = x[index], []
                for sign in (1, -1):
                    x[index] = value + sign * step
                    sums.append((definition.attention(*inputs, **terms)[0] * do).sum())
                x[index] = value
                slope = (sums[0] - sums[1]) / (2 * step)
                self.assertAlmostEqual(gradient[index], slope, delta=2e-6 + 1e-6 * abs(slope))


class MaskTests(Comparison):
    def test_causal(self):
        for queries, keys in ((40, 40), (20, 35), (35, 20)):
            inputs = problem(heads=4, kv_heads=2, queries=queries, keys=keys)
            for name in (True, "top-left"):
                self.check(inputs, dict(causal=name), dict(sees=causal(queries, keys)))
            # The first queries see nothing, where there are more of them than keys.
            self.check(inputs, dict(causal="bottom-right"),
                       dict(sees=causal(queries, keys, keys - queries)))

    def test_window(self):
        distance = numpy.arange(50) - numpy.arange(50)[:, None]
        self.check(problem(queries=50), dict(window=3), dict(sees=abs(distance) <= 3))
        self.check(problem(queries=50), dict(window=(5, 2)),
                   dict(sees=(distance >= -5) & (distance <= 2)))
        self.check(problem(queries=50), dict(window=(None, 0)), dict(sees=distance <= 0))
        self.check(problem(queries=50), dict(window=(4, 2**62), causal=True),
                   dict(sees=(distance >= -4) & (distance <= 0)))

    def test_key_lengths(self):
        sees = numpy.arange(40) < numpy.array([40, 0, 13])[:, None, None, None]
        self.check(problem(batch=3, queries=20, keys=40), dict(key_lengths=[40, 0, 13]),
                   dict(sees=sees))

    def test_mask(self):
        inputs = problem(batch=2, heads=4, kv_heads=2, queries=20, keys=30)
        random = numpy.random.default_rng(1)
        for size in ((2, 4, 20, 30), (1, 4, 20, 30), (2, 1, 20, 30), (20, 30)):
            mask = random.random(size) < 0.5
            self.check(inputs, dict(mask=mask), dict(sees=mask))
        # What is not 0 is true, whatever the byte.
        mask = random.random((20, 30)) < 0.5
        bytes = numpy.where(mask, random.integers(1, 256, mask.shape), 0).astype(numpy.uint8)
        numpy.testing.assert_array_equal(
            flash.attention(*inputs[:3], mask=bytes.view(bool)),
            flash.attention(*inputs[:3], mask=mask))

    def test_bias(self):
        inputs = problem(batch=2, heads=2, queries=20, keys=30)
        random = numpy.random.default_rng(2)
        for size in ((2, 2, 20, 30), (1, 2, 20, 30), (2, 1, 20, 30), (20, 30)):
            bias = random.standard_normal(size).astype(numpy.float32)
            self.check(inputs, dict(bias=bias), dict(bias=bias))
        half = bias.astype(numpy.float16)
        self.check(inputs, dict(bias=half), dict(bias=half))

    def test_softcap_and_slopes(self):
        inputs = problem(heads=4, queries=30, keys=40)
        slopes = [0.5, 0.25, 0.125, 0.0]
        self.check(inputs, dict(softcap=1.5), dict(softcap=1.5))
        self.check(inputs, dict(alibi_slopes=slopes, causal="bottom-right"),
                   dict(slopes=slopes, offset=10, sees=causal(30, 40, 10)))

    def test_all_together(self):
        inputs = problem(batch=2, heads=4, kv_heads=2, queries=24)
        random = numpy.random.default_rng(3)
        mask = random.random((24, 24)) < 0.8
        bias = random.standard_normal((2, 1, 24, 24)).astype(numpy.float32)
        self.check(inputs, dict(causal=True, mask=mask, bias=bias, softcap=3.0, scale=0.3),
                   dict(sees=mask & causal(24, 24), bias=bias, softcap=3.0, scale=0.3))


class DropoutTests(Comparison):
    def kept(self, sizes, **options):
        """What weights are multiplied by: with equal weights and values of the identity, the output
        is the dropped weights themselves."""
        batch, heads, n = sizes
        zeros = numpy.zeros((batch, heads, n, 8), numpy.float32)
        identity = numpy.broadcast_to(numpy.eye(n, dtype=numpy.float32), (batch, heads, n, n))
        return flash.attention(zeros, zeros, identity, **options) * n

    def test_values(self):
        kept = self.kept((2, 2, 40), dropout=0.25, seed=5)
        self.assertEqual(set(numpy.unique(kept.round(5))), {0, numpy.float32(4 / 3).round(5)})
        exact = numpy.where(kept > 0, 1 / 0.75, 0)
        self.assertAlmostEqual((exact == 0).mean(), 0.25, delta=0.02)
        self.check(problem(batch=2, queries=40, d=8), dict(dropout=0.25, seed=5), dict(kept=exact))

    def test_seeds(self):
        sizes = (1, 2, 40)
        first = self.kept(sizes, dropout=0.5, seed=1)
        for options in (dict(), dict(threads=1), dict(algorithm="flash1"), dict(sram_bytes=20000)):
            numpy.testing.assert_array_equal(
                first > 0, self.kept(sizes, dropout=0.5, seed=1, **options) > 0)
        for seed in (0, 2, 1 + 2**32, 2**64 - 1):
            self.assertFalse(numpy.array_equal(first, self.kept(sizes, dropout=0.5, seed=seed)))
        self.assertTrue((self.kept(sizes) > 0).all())


class TypeTests(unittest.TestCase):
    def check_half(self, type, precision):
        q, k, v, do = (x.astype(type) for x in problem(heads=4, kv_heads=2, queries=50, d=32))
        o, lse = flash.attention(q, k, v, causal=True, return_lse=True)
        gradients = flash.attention_backward(q, k, v, do, output=o, lse=lse, causal=True)
        exact = definition.attention(q, k, v, do, sees=causal(50, 50))
        self.assertEqual((o.dtype, lse.dtype), (q.dtype, numpy.float32))
        # Half a unit in the last place, of the largest number; and as much again for the gradients,
        # which take the rounded output.
        for x, y, units in zip((o, *gradients), (exact[0], *exact[2:]), (1, 2, 2, 2)):
            self.assertEqual(x.dtype, q.dtype)
            error = abs(x.astype(numpy.float64) - y).max()
            self.assertLessEqual(error, units * 2.0**-precision * abs(y).max() + 1e-6)
            # Rounding shows: numbers of the wider type would be nearer.
            self.assertGreater(error, 2.0**-(precision + 4) * abs(y).max())
        self.assertLessEqual(abs(lse - exact[1]).max(), 1e-5)
        # dQ is rounded once, and not once a block of keys: few elements fall to the other side.
        small = flash.attention_backward(
            q, k, v, do, output=o, lse=lse, causal=True, sram_bytes=8192)[0]
        self.assertLess((small != gradients[0]).mean(), 0.02)

    def test_float16(self):
        self.check_half(numpy.float16, 11)

    def test_bfloat16(self):
        try:
            from ml_dtypes import bfloat16
        except ImportError:
            self.skipTest("ml_dtypes is not installed")
        self.check_half(bfloat16, 8)


class InterfaceTests(unittest.TestCase):
    def test_threads(self):
        q, k, v, do = problem(batch=2, heads=6, kv_heads=3, queries=100, d=24)
        few = problem(heads=8, kv_heads=2, queries=2, keys=3000, d=24)[:3]
        first = [flash.attention(q, k, v, causal=True, threads=1), flash.attention(*few, threads=1),
                 *flash.attention_backward(q, k, v, do, causal=True, threads=1)]
        for threads in (0, 2, 3, 7, 1024):
            again = [flash.attention(q, k, v, causal=True, threads=threads),
                     flash.attention(*few, threads=threads),
                     *flash.attention_backward(q, k, v, do, causal=True, threads=threads)]
            for a, b in zip(first, again):
                numpy.testing.assert_array_equal(a, b)

    def test_without_batch(self):
        q, k, v, do = problem(heads=4, kv_heads=2)
        o, lse = flash.attention(q, k, v, return_lse=True)
        o3, lse3 = flash.attention(q[0], k[0], v[0], return_lse=True)
        numpy.testing.assert_array_equal(o[0], o3)
        numpy.testing.assert_array_equal(lse[0], lse3)
        gradients = flash.attention_backward(q[0], k[0], v[0], do[0], output=o3, lse=lse3)
        for a, b in zip(flash.attention_backward(q, k, v, do), gradients):
            numpy.testing.assert_array_equal(a[0], b)

    def test_layout(self):
        q, k, v, _ = problem(heads=4)
        turned = [numpy.ascontiguousarray(x.swapaxes(1, 2)).swapaxes(1, 2) for x in (q, k, v)]
        self.assertFalse(turned[0].flags.c_contiguous)
        numpy.testing.assert_array_equal(flash.attention(q, k, v), flash.attention(*turned))

    def test_contiguous_arrays_are_not_copied(self):
        q, *_ = problem()
        self.assertEqual(flash._Tensor(q, "query").address, q.ctypes.data)
        self.assertEqual(flash._Tensor(q[0], "query").address, q.ctypes.data)

    def test_inputs_are_left_alone(self):
        inputs = problem()
        copies = [x.copy() for x in inputs]
        for x in inputs:
            x.flags.writeable = False
        flash.attention(*inputs[:3])
        flash.attention_backward(*inputs)
        for a, b in zip(inputs, copies):
            numpy.testing.assert_array_equal(a, b)

    def test_traffic(self):
        n, d, rows = 128, 32, 64
        q, k, v, do = problem(heads=2, queries=n, d=d)
        # Of FlashAttention-2 with 64 rows a block: Q and O once, K and V once a block of rows.
        sram = 4 * (rows * (2 * d + 7) + 32 * (2 * d) + rows * 32)
        o, counts = flash.attention(q, k, v, traffic=True, algorithm="flash2", sram_bytes=sram)
        self.assertEqual((counts["block_rows"], counts["block_columns"]), (rows, 32))
        self.assertEqual(counts["read_elements"], 2 * (n * d + n // rows * 2 * n * d))
        self.assertEqual(counts["written_elements"], 2 * (n * d + n))
        self.assertEqual(
            counts["read_bytes"] + counts["written_bytes"],
            4 * (counts["read_elements"] + counts["written_elements"]))
        self.assertEqual(counts["matmul_flops"], 2 * 4 * n * n * d)
        self.assertEqual(counts["exponentials"], 2 * (n * n + n * (n // 32)))
        self.assertTrue(0 < counts["peak_sram_bytes"] <= sram)
        self.assertGreater(counts["seconds"], 0)
        self.assertEqual((counts["algorithm"], counts["splits"]), ("flash2", 1))
        # A backward pass costs the same, whether its forward pass is at hand or not.
        for options in (dict(), dict(output=o, lse=flash.attention(q, k, v, return_lse=True)[1])):
            *_, counts = flash.attention_backward(q, k, v, do, traffic=True, **options)
            self.assertEqual(counts["matmul_flops"], 2 * 10 * n * n * d)

    def test_default_algorithm(self):
        for queries, algorithm in ((1, "split-kv"), (8, "split-kv"), (9, "flash2")):
            q, k, v, do = problem(queries=queries, keys=500)
            _, counts = flash.attention(q, k, v, traffic=True)
            self.assertEqual(counts["algorithm"], algorithm)
            *_, counts = flash.attention_backward(q, k, v, do, traffic=True)
            self.assertEqual(counts["algorithm"], "flash2")
        q, k, v, _ = problem(queries=1, keys=5000)
        _, counts = flash.attention(q, k, v, traffic=True, splits=3, sram_bytes=32768)
        self.assertEqual(counts["splits"], 3)

    def test_data_are_no_errors(self):
        q, k, v, do = problem(queries=40)
        for value in (numpy.nan, numpy.inf, -numpy.inf, 3e38):
            for x in (q, k, v, do):
                kept = x[0, 0, 7, 3]
                x[0, 0, 7, 3] = value
                o, lse = flash.attention(q, k, v, return_lse=True)
                # The other head has nothing to do with it.
                self.assertTrue(numpy.isfinite(o[0, 1]).all() and numpy.isfinite(lse[0, 1]).all())
                for gradient in flash.attention_backward(q, k, v, do, output=o, lse=lse):
                    self.assertTrue(numpy.isfinite(gradient[0, 1]).all())
                x[0, 0, 7, 3] = kept

    def test_version(self):
        command = root / ".build" / "release" / "flashsim"
        printed = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
        self.assertEqual(flash.version, printed.stdout.strip())


class TorchTests(unittest.TestCase):
    def setUp(self):
        try:
            import torch
        except ImportError:
            self.skipTest("PyTorch is not installed")
        self.torch = torch

    def test_gradients(self):
        torch = self.torch
        torch.manual_seed(0)
        for type, bound in ((torch.float32, 1e-5), (torch.bfloat16, 5e-2)):
            q, k, v = (torch.randn(2, 4, 50, 32, dtype=type, requires_grad=True) for _ in range(3))
            weights = torch.randn(2, 4, 50, 32, dtype=type)
            mine = flash.attention(q, k, v, causal=True)
            (mine * weights).sum().backward()
            gradients = [x.grad for x in (q, k, v)]
            theirs = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            expected = torch.autograd.grad((theirs * weights).sum(), (q, k, v))
            self.assertLess((mine - theirs).abs().max().item(), bound)
            for a, b in zip(gradients, expected):
                self.assertLess((a - b).abs().max().item(), bound)

    def test_tensors_are_not_copied(self):
        q = self.torch.randn(1, 2, 30, 8)
        self.assertEqual(flash._Tensor(q, "query").address, q.data_ptr())
        lse = flash.attention(q, q, q, return_lse=True)[1]
        numpy.testing.assert_array_equal(
            lse.numpy(), flash.attention(*[q.numpy()] * 3, return_lse=True)[1])


if __name__ == "__main__":
    unittest.main()
