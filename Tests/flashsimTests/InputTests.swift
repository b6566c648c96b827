import Foundation
import TensorFiles
import Testing

@Suite("The input")
struct InputTests {
  /// What FlashAttention-2 makes of a file, and what it says of it.
  private func output(
    _ input: String, in scratch: Scratch
  ) async throws -> (floats: [Float], remarks: String) {
    let outcome = try await run("--algorithm flash2 --output out.npz \(input)", in: scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return (try scratch.tensors("out.npz").floats("o"), outcome.errors)
  }

  @Test("may be safetensors, npz or three npy, with the same result")
  func formats() async throws {
    let scratch = try Scratch()
    try scratch.writeTensors(Sample.problem, to: "x.safetensors")
    try scratch.writeTensors(Sample.problem, to: "x.npz")
    for (name, sample) in Sample.problem { try scratch.writeNPY(sample, to: name + ".npy") }
    let expected = try await output("--input x.safetensors", in: scratch)
    #expect(expected.floats.count == 2 * 12 * 8 && expected.remarks == "")
    #expect(try await output("--input x.npz", in: scratch) == expected)
    #expect(
      try await output("--query q.npy --key k.npy --value v.npy", in: scratch) == expected)
  }

  @Test("may be what numpy writes, stored or deflated", .enabled(if: Python.hasNumPy))
  func numpy() async throws {
    let scratch = try Scratch()
    try scratch.writeTensors(Sample.problem, to: "x.npz")
    #expect(
      try Python.run(
        """
        import numpy
        x = dict(numpy.load("x.npz"))
        numpy.savez("stored.npz", **x)
        numpy.savez_compressed("deflated.npz", **x)
        numpy.savez("fortran.npz", **{n: numpy.asfortranarray(a) for n, a in x.items()})
        """, in: scratch))
    let expected = try await output("--input x.npz", in: scratch)
    for name in ["stored", "deflated", "fortran"] {
      #expect(try await output("--input \(name).npz", in: scratch) == expected)
    }
  }

  /// Writes the problem, in numbers that all types hold, as a type has them.
  private func writeProblem(
    as elements: [TensorFileElement], to file: String, in scratch: Scratch
  ) throws {
    var writer = TensorFileWriter()
    for ((name, sample), element) in zip(Sample.problem, elements) {
      let bytes = sample.values.flatMap { element.bytes(of: ($0 * 64).rounded() / 32) }
      try writer.add(
        .init(name: name, shape: sample.shape, element: element) { (sink) throws(TensorFileError) in
          try sink(bytes.span.bytes)
        })
    }
    try writer.write(to: scratch.path(file))
  }

  @Test(
    "may be of any type of numbers, and is computed with in another",
    arguments: TensorFileElement.allCases.filter { $0 != .bool })
  func elements(element: TensorFileElement) async throws {
    let scratch = try Scratch()
    try writeProblem(as: [.f32, .f32, .f32], to: "f32.safetensors", in: scratch)
    try writeProblem(as: [element, element, element], to: "x.safetensors", in: scratch)
    let expected = try await output("--input f32.safetensors", in: scratch)
    let actual = try await output("--input x.safetensors --dtype f32", in: scratch)
    #expect(actual.floats == expected.floats)
    #expect(
      actual.remarks
        == ["q", "k", "v"].map {
          element == .f64 ? "Note: \($0) is f64 in the file and was converted to f32.\n" : ""
        }.joined())
  }

  @Test("gives the run its type, and the output", arguments: [TensorFileElement.f16, .bf16])
  func halves(element: TensorFileElement) async throws {
    let scratch = try Scratch()
    try writeProblem(as: [element, element, element], to: "x.safetensors", in: scratch)
    let line = "--input x.safetensors --algorithm flash1 --output out.safetensors"
    let same = try #require(try await runs(line, in: scratch).first)
    #expect([same.dtype, same.accumulator] == ["\(element)", "\(element)"])
    for tensor in ["Q", "K", "V", "O"] {
      let moved = try #require(same.tensors[tensor])
      #expect(moved.readBytes == 2 * moved.readElements)
    }
    #expect(try #require(same.error).maxAbs < 0.02)
    #expect(try scratch.tensors("out.safetensors").layout(named: "o").element == element)
    #expect(try scratch.tensors("out.safetensors").layout(named: "lse").element == .f32)
    let wide = try #require(try await runs(line + " --accumulator f32", in: scratch).first)
    #expect([wide.dtype, wide.accumulator] == ["\(element)", "f32"])
    let moved = try #require(wide.tensors["O"])
    #expect(moved.readBytes == 4 * moved.readElements)
    #expect(try scratch.tensors("out.safetensors").layout(named: "o").element == .f32)
  }

  @Test("is f32 where its tensors differ, and lines say so")
  func mixture() async throws {
    let scratch = try Scratch()
    try writeProblem(as: [.f16, .f32, .bf16], to: "x.safetensors", in: scratch)
    #expect(
      try await output("--input x.safetensors", in: scratch).remarks == """
        Note: q is f16 in the file and was converted to f32.
        Note: v is bf16 in the file and was converted to f32.

        """)
  }

  @Test("is generated as f32 and rounded to the run's type")
  func generated() async throws {
    let scratch = try Scratch()
    let line = "--tokens 12 --head-dim 8 --algorithm flash2 --output out.safetensors"
    _ = try await quietRun(line + " --dtype bf16", in: scratch)
    #expect(try scratch.tensors("out.safetensors").layout(named: "o").element == .bf16)
    let outcome = try await run(
      "--tokens 12 --dtype bf16 --algorithm flash2 --output out.npz", in: scratch)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors
        == "Error: An npz file has no bf16, and 'out.npz' is one; a .safetensors file has.\n")
  }

  @Test("may hold NaN and infinity, which are counted and computed with")
  func specialValues() async throws {
    let scratch = try Scratch()
    var problem = Sample.problem
    problem[0].1.values[0] = .nan
    problem[2].1.values[8] = .infinity
    problem[2].1.values[16] = -.infinity
    try scratch.writeTensors(problem, to: "x.npz")
    let (floats, remarks) = try await output("--input x.npz", in: scratch)
    #expect(
      remarks == """
        Note: q has 1 NaN and 0 infinite elements; they are computed with as IEEE 754 says.
        Note: v has 0 NaN and 2 infinite elements; they are computed with as IEEE 754 says.

        """)
    // The first query's row, and the first column of the first head; nothing else.
    for (i, value) in floats.enumerated() {
      #expect(value.isFinite == !(i < 8 || (i < 96 && i % 8 == 0)), "\(i)")
    }
  }
}

extension TensorFileElement {
  /// A number's little-endian bytes; exact where the type holds it.
  fileprivate func bytes(of value: Float) -> [UInt8] {
    switch self {
    case .f32: withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
    case .f64: withUnsafeBytes(of: Double(value).bitPattern.littleEndian, Array.init)
    case .bf16: withUnsafeBytes(of: UInt16(value.bitPattern >> 16).littleEndian, Array.init)
    case .bool: [value == 0 ? 0 : 1]
    case .f16:
      // Binary16 has 5 bits of exponent with bias 15, and 10 of significand.
      withUnsafeBytes(
        of: (value == 0
          ? 0
          : UInt16(value < 0 ? 0x8000 : 0)
            | UInt16(Int(value.exponentBitPattern) - 127 + 15) << 10
            | UInt16(value.significandBitPattern >> 13)).littleEndian, Array.init)
    }
  }
}
