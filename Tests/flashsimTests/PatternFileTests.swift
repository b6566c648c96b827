import FlashCore
import Foundation
import TensorFiles
import Testing

@Suite("A block pattern in a file")
struct PatternFileTests {
  private func write(_ layout: [[Bool]], to name: String, in scratch: Scratch) throws {
    var writer = TensorFileWriter()
    let bytes = layout.joined().map { UInt8($0 ? 1 : 0) }
    try writer.add(
      .init(name: "blocks", shape: [layout.count, layout[0].count], element: .bool) {
        (sink) throws(TensorFileError) in
        try sink(bytes.span.bytes)
      })
    try writer.write(to: scratch.path(name))
  }

  @Test(
    "equal to a butterfly moves and computes what a butterfly does",
    arguments: ["npy", "npz", "safetensors"])
  func butterfly(format: String) async throws {
    let scratch = try Scratch()
    let path = "butterfly.\(format)"
    try write(BlockPattern.butterfly(factors: nil).layout(8), to: path, in: scratch)
    let line = "--tokens 125 --blocks 16x16 --pass both --output"
    let expected = try await runs(line + " a.npz --pattern butterfly", in: scratch)
    let actual = try await runs(line + " b.npz --pattern file:\(path)", in: scratch)
    #expect(try scratch.data("a.npz") == scratch.data("b.npz"))
    #expect(actual.map(\.hbm) == expected.map(\.hbm))
    #expect(actual.map(\.tensors) == expected.map(\.tensors))
    #expect(actual.map(\.standard) == expected.map(\.standard))
    #expect(actual.map(\.error?.maxAbs) == expected.map(\.error?.maxAbs))
    #expect(Set(actual.map(\.pattern)) == ["file:\(path)"])
  }

  @Test("need not be square, and is one of a list like others")
  func lists() async throws {
    let scratch = try Scratch()
    try write([[true, false, true], [false, false, true]], to: "a.npy", in: scratch)
    try scratch.makeFolder("folder")
    try write([[true, true, true], [true, true, true]], to: "folder/b.npy", in: scratch)
    let all = try await runs(
      "--queries 30 --keys 50 --blocks 16x20 --algorithm flash2 --mode execute,count "
        + "--pattern file:a.npy,full,file:folder/b.npy,local:1", in: scratch)
    let names = ["file:a.npy", "full", "file:folder/b.npy", "local:1"]
    #expect(all.map(\.pattern) == names + names)
    for run in all where run.pattern == "file:a.npy" {
      #expect(run.liveBlocks == 3)
      // Blocks of 20, 10 and 10 keys.
      #expect(run.tensors["K"]?.readElements == 40 * 64)
    }
    let full = all.filter { $0.pattern == "full" || $0.pattern == "file:folder/b.npy" }
    #expect(full.count == 4 && full.allSatisfy { $0.hbm == full[0].hbm })
  }

  @Test("is drawn by flashsim pattern")
  func drawing() async throws {
    let scratch = try Scratch()
    try write([[true, false, true], [false, false, true]], to: "a.npy", in: scratch)
    let outcome = try await flashsim(["pattern", "file:a.npy"], in: scratch)
    #expect(outcome.status == 0 && outcome.errors == "")
    #expect(
      outcome.output == """
        ██··██
        ····██
        3 of 6 blocks are live: density 50.00 %

        """)
    for option in ["--tokens", "--block"] {
      let mistake = try await flashsim(["pattern", "file:a.npy", option, "64"], in: scratch)
      #expect(mistake.status == 64 && mistake.output == "")
      #expect(
        mistake.complaint == "Please leave out \(option): the blocks are those of the file.")
    }
  }

  @Test("that is none is refused by one sentence, before anything runs")
  func failures() async throws {
    let scratch = try Scratch()
    try write([[true, true], [true, true]], to: "small.npy", in: scratch)
    try scratch.writeNPY(Sample(2, 2, phase: 0), to: "floats.npy")
    var writer = TensorFileWriter()
    for (name, shape) in [("a", [2, 2]), ("b", [4])] {
      try writer.add(
        .init(name: name, shape: shape, element: .bool) { (sink) throws(TensorFileError) in
          try sink([UInt8](repeating: 1, count: 4).span.bytes)
        })
    }
    try writer.write(to: scratch.path("two.npz"))
    func writeBools(_ shape: [Int], to name: String) throws {
      var writer = TensorFileWriter()
      try writer.add(
        .init(name: "a", shape: shape, element: .bool) { (sink) throws(TensorFileError) in
          try sink([UInt8](repeating: 1, count: shape.reduce(1, *)).span.bytes)
        })
      try writer.write(to: scratch.path(name))
    }
    try writeBools([2, 2, 1], to: "rank.npy")
    try writeBools([0, 2], to: "empty.npy")
    for (name, sentence) in [
      ("none.npy", "The file 'none.npy' cannot be read: No such file or directory."),
      ("x.txt", "The name 'x.txt' does not end in .safetensors, .npz or .npy."),
      ("floats.npy", "The block pattern in 'floats.npy' is f32, and it takes bool."),
      (
        "two.npz",
        "The file 'two.npz' has 2 tensors, and a block pattern is the only one of its file."
      ),
      (
        "rank.npy",
        "The block pattern in 'rank.npy' has shape [2, 2, 1], and it takes a row a block of queries "
          + "and a column a block of keys."
      ),
      (
        "empty.npy",
        "The block pattern in 'empty.npy' has shape [0, 2], and it takes a row a block of queries "
          + "and a column a block of keys."
      ),
    ] {
      // Were anything run before, it would take hours.
      let outcome = try await run(
        "--tokens 1000000 --algorithm flash2 --pattern full,file:\(name)", in: scratch)
      #expect(outcome.status == 1 && outcome.output == "", "\(name)")
      #expect(outcome.complaint == sentence)
      let drawing = try await flashsim(["pattern", "file:\(name)"], in: scratch)
      #expect(drawing.status == 1 && drawing.output == "" && drawing.complaint == sentence)
    }
    let outcome = try await run(
      "--tokens 64 --algorithm flash2 --blocks 16x32 --pattern file:small.npy", in: scratch)
    #expect(outcome.status == 1 && outcome.output == "")
    #expect(
      outcome.complaint == "A pattern of 2×2 blocks does not go with 4×2 blocks of 16x32.")
  }
}
