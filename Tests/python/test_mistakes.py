"""What libflashattention refuses: a code and a sentence with both numbers, and never a crash."""

import ctypes
import math
import pathlib
import sys
import threading
import unittest

import numpy

sys.path[:0] = [
    str(pathlib.Path(__file__).resolve().parents[2] / "Examples" / "python"),
    str(pathlib.Path(__file__).parent)]

import flash  # noqa: E402
from test_flash import problem  # noqa: E402

OK, STRUCT_SIZE, POINTER, SHAPE, OPTION, MEMORY, SRAM = range(7)


class ModuleTests(unittest.TestCase):
    """ValueError, with the sentence."""

    def refuses(self, sentence, *inputs, **options):
        with self.assertRaises(ValueError) as context:
            flash.attention(*inputs, **options)
        self.assertEqual(str(context.exception), sentence)

    def test_shapes(self):
        q, k, v, do = problem(heads=4)
        self.refuses("3 heads of keys do not divide 4 heads of queries.", q, k[:, :3], v[:, :3])
        self.refuses(
            "The value has shape (1, 4, 30, 16), and (1, 4, 33, 16) is expected beside a query of "
            "shape (1, 4, 33, 16) and a key of shape (1, 4, 33, 16).", q, k, v[:, :, :30])
        self.refuses(
            "The key has shape (1, 4, 33, 8), and (1, 4, 33, 16) is expected beside a query of "
            "shape (1, 4, 33, 16) and a key of shape (1, 4, 33, 8).", q, k[..., :8], v)
        self.refuses("Sizes are positive, and queries is 0.", q[:, :, :0], k, v)
        self.refuses(
            "The query has shape (33, 16) of rank 2, and 3 or 4 are expected.", q[0, 0], k, v)
        self.refuses(
            "The mask has shape (1, 1, 33, 32), and [1 or 1, 4 or 1, 33, 33] is expected.",
            q, k, v, mask=numpy.ones((33, 32), bool))
        self.refuses(
            "The bias has 3 heads, and the problem 4.", q, k, v,
            bias=numpy.zeros((1, 3, 33, 33), numpy.float32))
        self.refuses("The ALiBi slopes have shape (3,), and (4,) is expected.", q, k, v,
                     alibi_slopes=[1, 2, 3])
        with self.assertRaisesRegex(ValueError, r"The output gradient has shape \(1, 4, 32, 16\)"):
            flash.attention_backward(q, k, v, do[:, :, :32])

    def test_types(self):
        q, k, v, _ = problem()
        self.refuses("The key has elements of float16, and float32 are expected.",
                     q, k.astype(numpy.float16), v)
        self.refuses(
            "The query has elements of float64, and float32 or float16 or bfloat16 are expected.",
            q.astype(float), k, v)
        self.refuses("The mask has elements of float32, and bool are expected.", q, k, v,
                     mask=numpy.ones((33, 33), numpy.float32))
        with self.assertRaises(TypeError):
            flash.attention(q.tolist(), k, v)

    def test_options(self):
        q, k, v, _ = problem()
        self.refuses("A dropout of 1.5 is not in [0, 1).", q, k, v, dropout=1.5)
        self.refuses("A dropout of nan is not in [0, 1).", q, k, v, dropout=math.nan)
        self.refuses("-1 threads are not between 0 and 1024.", q, k, v, threads=-1)
        self.refuses("A soft cap of -1.0 is not between 2⁻¹⁰⁰ and 2¹⁰⁰.", q, k, v, softcap=-1)
        self.refuses("An ALiBi slope of inf is not finite.", q, k, v, alibi_slopes=[1, math.inf])
        self.refuses("A key length of 34 does not go with 33 keys.", q, k, v, key_lengths=[34])
        self.refuses("Sizes are positive, and splits is -1.", q, k, v, splits=-1)
        self.refuses("Sizes are positive, and sram_bytes is -1.", q, k, v, sram_bytes=-1)
        self.refuses(
            "flash2 with blocks of 1x1 needs 288 bytes of SRAM, and a core has 100.", q, k, v,
            sram_bytes=100)
        self.refuses(
            "causal is 'left', and one of [False, None, True, 'top-left', 'bottom-right'] is "
            "expected.", q, k, v, causal="left")


class InterfaceTests(unittest.TestCase):
    """Codes, by the C interface itself."""

    def setUp(self):
        self.inputs = problem(queries=20, d=8)
        self.output = numpy.full_like(self.inputs[3], 77)
        self.parameters = flash._Parameters(
            struct_size=ctypes.sizeof(flash._Parameters), batch=1, heads=2, kv_heads=2, queries=20,
            keys=20, head_dim=8, value_dim=8)

    def forward(self, *, parameters=None, pointers=None, traffic=None):
        q, k, v, _ = (x.ctypes.data for x in self.inputs)
        arguments = pointers or (q, k, v, self.output.ctypes.data, None)
        return flash._library.flash_attention_forward(
            ctypes.addressof(self.parameters) if parameters is None else parameters, *arguments,
            traffic)

    def refuses(self, code, sentence, **arguments):
        self.assertEqual(self.forward(**arguments), code)
        self.assertEqual(flash._library.flash_last_error_message().decode(), sentence)
        self.assertTrue((self.output == 77).all())

    def test_the_least_that_works(self):
        self.assertEqual(self.forward(), OK)
        numpy.testing.assert_array_equal(self.output, flash.attention(*self.inputs[:3]))

    def test_null_pointers(self):
        self.refuses(POINTER, "The parameters is a null pointer.", parameters=0)
        names = ("query", "key", "value", "output")
        pointers = [*(x.ctypes.data for x in self.inputs[:3]), self.output.ctypes.data, None]
        for i, name in enumerate(names):
            self.refuses(POINTER, f"The {name} is a null pointer.",
                         pointers=[*pointers[:i], None, *pointers[i + 1:]])
        names = ("query", "key", "value", "output", "log-sum-exp", "output gradient",
                 "query gradient", "key gradient", "value gradient")
        lse = numpy.zeros((1, 2, 20), numpy.float32)
        pointers = [self.output.ctypes.data] * 9
        pointers[4] = lse.ctypes.data
        for i, name in enumerate(names):
            status = flash._library.flash_attention_backward(
                ctypes.addressof(self.parameters), *pointers[:i], None, *pointers[i + 1:], None)
            self.assertEqual(status, POINTER, name)
            self.assertEqual(flash._library.flash_last_error_message().decode(),
                             f"The {name} is a null pointer.")

    def test_alignment(self):
        pointers = [*(x.ctypes.data for x in self.inputs[:3]), self.output.ctypes.data, None]
        self.refuses(
            POINTER, "The key begins 2 bytes behind a multiple of its alignment, 4 bytes.",
            pointers=[pointers[0], pointers[1] + 2, *pointers[2:]])
        block = (ctypes.c_char * 1024)()
        self.refuses(
            POINTER, "The parameters begins 4 bytes behind a multiple of its alignment, 8 bytes.",
            parameters=(ctypes.addressof(block) + 7) // 8 * 8 + 4)

    def test_structure_sizes(self):
        known = ctypes.sizeof(flash._Parameters)
        for size in (0, 4, known - 1, 5000, 2**32 - 1):
            self.parameters.struct_size = size
            self.refuses(
                STRUCT_SIZE,
                f"The parameters have {size} bytes, and this version of the library knows {known}.")
        # A longer structure, as of a later version.
        block = (ctypes.c_char * (known + 16))()
        self.parameters.struct_size = known + 16
        ctypes.memmove(block, ctypes.addressof(self.parameters), known)
        self.assertEqual(self.forward(parameters=ctypes.addressof(block)), OK)
        self.output[:] = 77
        block[known + 15] = 1
        self.refuses(
            STRUCT_SIZE,
            f"The parameters have {known + 16} bytes, and set one behind the {known} that this "
            "version of the library knows.", parameters=ctypes.addressof(block))
        self.parameters.struct_size = known
        traffic = flash._Traffic(struct_size=8)
        known = ctypes.sizeof(flash._Traffic)
        self.refuses(
            STRUCT_SIZE,
            f"The traffic has 8 bytes, and this version of the library writes {known}.",
            traffic=ctypes.addressof(traffic))

    def test_sizes(self):
        names = dict(batch="batch", heads="heads", kv_heads="kv-heads", queries="queries",
                     keys="keys", head_dim="head-dim", value_dim="value-dim")
        for field, name in names.items():
            for size in (0, -1, -2**63):
                kept = getattr(self.parameters, field)
                setattr(self.parameters, field, size)
                self.refuses(SHAPE, f"Sizes are positive, and {name} is {size}.")
                setattr(self.parameters, field, kept)
        # No product of sizes overflows unnoticed.
        for field in names:
            kept = getattr(self.parameters, field)
            setattr(self.parameters, field, 2**63 - 2 if field != "kv_heads" else 2**62)
            self.assertEqual(self.forward(), SHAPE)
            setattr(self.parameters, field, kept)

    def test_options(self):
        for field, value, code, sentence in (
            ("element_type", 3, OPTION, "The elements have type 3, and types are 0 to 2."),
            ("algorithm", 99, OPTION, "There is no algorithm 99, and algorithms are 0 to 6."),
            ("causal", 3, OPTION, "`causal` is 3, and alignments are 0 to 2."),
            ("has_window", 2, OPTION, "`has_window` is 2, and is to be 0 or 1."),
            ("sinks", -1, OPTION, "A number of -1 sinks is negative."),
            ("threads", 1025, OPTION, "1025 threads are not between 0 and 1024."),
            ("threads", -2**31, OPTION, "-2147483648 threads are not between 0 and 1024."),
            ("reserved", 1, OPTION, "`reserved` is 1, and is to be 0."),
            ("packed_sequences", 41, OPTION,
             "41 packed sequences are not between 0 and 40 tokens."),
            ("packed_sequences", 2, POINTER, "The packed queries is a null pointer."),
            ("splits", -2**63, OPTION, f"Sizes are positive, and splits is {-2**63}."),
            ("dropout", -math.inf, OPTION, "A dropout of -inf is not in [0, 1)."),
            ("softcap", math.nan, OPTION, "A soft cap of nan is not between 2⁻¹⁰⁰ and 2¹⁰⁰."),
            ("sram_bytes", 1, SRAM,
             "flash2 with blocks of 1x1 needs 160 bytes of SRAM, and a core has 1."),
        ):
            kept = getattr(self.parameters, field)
            setattr(self.parameters, field, value)
            self.refuses(code, sentence)
            setattr(self.parameters, field, kept)
        for name in ("mask", "bias"):
            setattr(self.parameters, name, self.output.ctypes.data)
            for sizes in ((0, 1), (1, 0), (2, 1), (1, -1), (1, 2**62)):
                setattr(self.parameters, name + "_batch", sizes[0])
                setattr(self.parameters, name + "_heads", sizes[1])
                self.assertEqual(self.forward(), SHAPE, (name, sizes))
            setattr(self.parameters, name, None)

    def test_greatest_options(self):
        # As far as numbers go, and no trap.
        most = 2**63 - 1
        p = self.parameters
        p.has_window, p.window_left, p.window_right, p.sinks = 1, most, most, most
        p.splits, p.sram_bytes, p.seed, p.dropout = most, most, 2**64 - 1, 1 - 2**-53
        for algorithm in range(7):
            p.algorithm = algorithm
            self.assertEqual(self.forward(), OK, flash._library.flash_last_error_message())

    def test_greatest_sizes(self):
        # 2⁵⁴ scores: all sizes can be counted with, and what is needed is more than there is.
        p = self.parameters
        p.heads = p.kv_heads = p.head_dim = p.value_dim = 1
        p.queries = p.keys = 2**27
        p.sram_bytes, p.threads = 2**63 - 1, 1024
        self.assertEqual(self.forward(), MEMORY)
        self.assertRegex(flash._library.flash_last_error_message().decode(),
                         r"^flash2 needs \d+ bytes of this computer's memory, and \d+ are free\.$")

    def test_packed_sequences(self):
        q, k, v, _ = self.inputs
        offsets = (ctypes.c_int64 * 3)(0, 7, 20)
        self.parameters.packed_sequences = 2
        self.parameters.packed_queries = ctypes.addressof(offsets)
        self.assertEqual(self.forward(), OK)
        for part in (slice(0, 7), slice(7, 20)):
            alone = flash.attention(q[:, :, part], k[:, :, part], v[:, :, part], algorithm="flash2")
            numpy.testing.assert_allclose(self.output[:, :, part], alone, atol=1e-6)
        self.output[:] = 77
        offsets[1] = 21
        self.refuses(OPTION, "Packed queries [0, 21, 20] go back from 21 to 20.")

    def test_messages_belong_to_threads(self):
        self.parameters.heads = 0
        self.refuses(SHAPE, "Sizes are positive, and heads is 0.")
        seen = []
        thread = threading.Thread(
            target=lambda: seen.append(flash._library.flash_last_error_message()))
        thread.start()
        thread.join()
        self.assertEqual(seen, [b""])
        self.assertEqual(flash._library.flash_last_error_message(),
                         b"Sizes are positive, and heads is 0.")

    def test_calls_on_several_threads(self):
        expected = flash.attention(*self.inputs[:3], causal=True)
        wrong = []

        def work(number):
            for _ in range(50):
                if not numpy.array_equal(
                        flash.attention(*self.inputs[:3], causal=True, threads=2), expected):
                    wrong.append(number)
                try:
                    flash.attention(*self.inputs[:3], dropout=number + 1)
                except ValueError as error:
                    if str(error) != f"A dropout of {number + 1}.0 is not in [0, 1).":
                        wrong.append(str(error))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
