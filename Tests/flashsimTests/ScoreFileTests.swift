import Foundation
import TensorFiles
import Testing

@Suite("A mask or a bias from a file")
struct ScoreFileTests {
  private let line = "--input x.safetensors --algorithm flash2 --blocks 8x4"

  /// Writes the problem, of 2 heads and 12 tokens.
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.writeTensors(Sample.problem, to: "x.safetensors")
    return scratch
  }

  private func write(
    _ name: String, _ shape: [Int], _ isSeen: (Int) -> Bool, in scratch: Scratch
  ) throws {
    let bytes = (0..<shape.reduce(1, *)).map { isSeen($0) ? 1 : 0 as UInt8 }
    var writer = TensorFileWriter()
    try writer.add(
      .init(name: "mask", shape: shape, element: .bool) { (sink) throws(TensorFileError) in
        try sink(bytes.span.bytes)
      })
    try writer.write(to: scratch.path(name))
  }

  @Test("does what the rule does that it says", arguments: ["m.npy", "m.npz", "m.safetensors"])
  func causal(file: String) async throws {
    let scratch = try scratch()
    for shape in [[12, 12], [1, 12, 12], [2, 12, 12], [1, 2, 12, 12]] {
      try write(file, shape, { $0 % 12 <= $0 / 12 % 12 }, in: scratch)
      let masked = try #require(
        try await runs(line + " --mask-file \(file) --output a.npz", in: scratch).first)
      let ruled = try #require(try await runs(line + " --causal --output b.npz", in: scratch).first)
      #expect(masked.mask == "file:\(file)")
      let moved = try #require(masked.tensors["mask"])
      #expect(moved.readElements == 2 * 12 * 12 && moved.readBytes == 2 * 12 * 12)
      #expect(masked.hbm.readBytes > ruled.hbm.readBytes)
      #expect(masked.hbm == masked.closedForm)
      #expect(try #require(masked.error).maxAbs < 1e-6)
      #expect(
        try scratch.tensors("a.npz").floats("o") == scratch.tensors("b.npz").floats("o"))
    }
  }

  @Test("goes with rules: a mask to them, a bias to scores")
  func composition() async throws {
    let scratch = try scratch()
    try write("m.npy", [12, 12], { $0 % 5 > 0 }, in: scratch)
    var writer = TensorFileWriter()
    let values = (0..<144).map { ($0 % 5 > 0) ? 0 : -Float.infinity }
    try writer.add(.init(name: "bias", shape: [12, 12], values: values))
    try writer.write(to: scratch.path("b.npz"))
    let masked = try await runs(
      line + " --causal --mask-file m.npy --output a.npz", in: scratch)
    let biased = try await runs(line + " --causal --bias-file b.npz --output c.npz", in: scratch)
    #expect(masked.map(\.mask) == ["causal+file:m.npy"])
    #expect(biased.map(\.bias) == ["b.npz"])
    #expect(try #require(biased[0].error).maxAbs < 1e-6)
    #expect(
      biased[0].tensors["bias"]?.readBytes == 4 * (masked[0].tensors["mask"]?.readBytes ?? 0))
    #expect(try scratch.tensors("a.npz").floats("o") == scratch.tensors("c.npz").floats("o"))
    // Dead blocks of the rule are not loaded.
    #expect(try #require(masked[0].tensors["mask"]).readElements < 2 * 12 * 12)
    let counted = try await runs(line + " --causal --mask-file m.npy --mode count", in: scratch)
    #expect(counted[0].hbm == masked[0].hbm)
  }

  @Test("that does not go with the problem is refused, with both numbers")
  func mistakes() async throws {
    let scratch = try scratch()
    try write("short.npy", [11, 12], { _ in true }, in: scratch)
    try write("heads.npy", [3, 12, 12], { _ in true }, in: scratch)
    try write("rank.npy", [12], { _ in true }, in: scratch)
    try write("empty.npy", [12, 0], { _ in true }, in: scratch)
    try scratch.writeNPY(Sample(12, 12, phase: 0), to: "numbers.npy")
    for (options, sentence) in [
      ("--mask-file short.npy", "The mask has 11 queries, and the problem 12."),
      ("--mask-file heads.npy", "The mask has 3 heads, and the problem 2."),
      (
        "--mask-file rank.npy",
        "The mask has shape [12] of rank 1, and it takes rank 2, [queries, keys], 3, [heads, "
          + "queries, keys], or 4, [batch, heads, queries, keys]."
      ),
      ("--mask-file empty.npy", "Tensor mask has shape [12, 0], which is empty."),
      ("--mask-file numbers.npy", "The mask has elements of f32 where bool is expected."),
      ("--bias-file short.npy", "The bias has 11 queries, and the problem 12."),
      ("--bias-file m.npy", "The file 'm.npy' cannot be read: No such file or directory."),
    ] {
      let outcome = try await run(line + " " + options, in: scratch)
      #expect(outcome.status == 1)
      #expect(outcome.errors == "Error: \(sentence)\n")
    }
  }
}
