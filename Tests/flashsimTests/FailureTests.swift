import Foundation
import Testing

@Suite("A run that fails")
struct FailureTests {
  /// Runs what is to fail with status 1 and one sentence, leaving everything as it was.
  private func failure(_ line: String, in scratch: Scratch? = nil) async throws -> String {
    let scratch = try scratch ?? Scratch()
    let names = try scratch.names
    let outcome = try await run(line, in: scratch)
    #expect(outcome.status == 1, "\(line)")
    #expect(outcome.output == "", "\(line)")
    #expect(try scratch.names == names, "\(line)")
    return try #require(outcome.complaint, "\(line): \(outcome.errors)")
  }

  @Test("because of its sizes names them")
  func sizes() async throws {
    #expect(
      try await failure("--tokens 8 --heads 6 --kv-heads 4 --output x.npz")
        == "4 heads of keys do not divide 6 heads of queries.")
    #expect(
      try await failure("--heads 9223372036854775807")
        == "The sizes are too large to count with: "
        + "1 · 9223372036854775807 · 1024 · 1024 · 64 · 128 is more than 9223372036854775807.")
    #expect(
      try await failure("--tokens 3000000000 --mode count").contains(" · 3000000000 · 3000000000 "))
    // Bytes that move with blocks of 1 × 1 overflow long before elements do.
    #expect(
      try await failure(
        "--queries 1073741824 --keys 1073741820 --head-dim 1 --sram 600 --mode count"
      ).contains("1073741820"))
  }

  @Test("because of its blocks names what they need and what there is")
  func blocks() async throws {
    // Qi, Kj, Vj, Oi, Sij, and the columns of statistics: what the measured peak is, unlimited.
    let line = "--tokens 256 --algorithm flash1 --mode count --blocks 128x128"
    let needed = try #require(await runs(line + " --sram unlimited").first).sram.peakBytes
    #expect(
      try await failure(line + " --sram 16KiB")
        == "flash1 with blocks of 128x128 needs \(needed) bytes of SRAM, and a core has 16384.")
    #expect(
      try await failure("--tokens 8 --sram 10")
        == "standard with blocks of 1x1 needs 516 bytes of SRAM, and a core has 10.")
    #expect(
      try await failure("--tokens 8 --sram unlimited --blocks paper")
        == "The paper's block sizes are made from the capacity of SRAM, "
        + "and this SRAM is unlimited.")
  }

  @Test("because of this computer's memory does so before it starts, and names both numbers")
  func memory() async throws {
    // Were it started, it would take hours.
    let complaint = try await failure("--algorithm standard --tokens 4194304 --heads 8")
    let match = try #require(
      complaint.wholeMatch(
        of: /standard needs (\d+) bytes of this computer's memory, and (\d+) are free\./))
    // S and P alone, 8 heads of 2⁴⁴ floats each.
    #expect(try #require(Int(match.1)) > 2 * 8 * 4 << 44)
    #expect(try #require(Int(match.2)) > 0)
    let inputs = try await failure("--queries 1 --keys 17179869184 --algorithm flash2")
    #expect(inputs.contains("bytes of this computer's memory"))
  }

  @Test("because of one run of several does not start the others")
  func several() async throws {
    let line = "--tokens 8,16 --heads 2 --kv-heads 2,3 --output x.npz --algorithm flash1"
    #expect(try await run(line).status == 64)
    _ = try await failure("--tokens 8 --heads 2 --kv-heads 2,3 --export x.json")
  }

  @Test("because of its tensors names them and their sizes")
  func tensors() async throws {
    let scratch = try Scratch()
    let (q, k, v) = (
      Sample(2, 12, 8, phase: 0), Sample(2, 12, 8, phase: 1), Sample(2, 12, 8, phase: 2)
    )
    func complaint(_ q: Sample?, _ k: Sample, _ v: Sample) async throws -> String {
      try scratch.writeTensors([("k", k), ("v", v)] + (q.map { [("q", $0)] } ?? []), to: "x.npz")
      return try await failure("--input x.npz", in: scratch)
    }
    #expect(
      try await complaint(nil, k, v) == "In 'x.npz': There is no tensor 'q' among 'k' and 'v'.")
    #expect(
      try await complaint(Sample(12, 8, phase: 0), k, v)
        == "Tensor q has shape [12, 8] of rank 2, and it takes rank 3, [heads, tokens, dim], "
        + "or 4, [batch, heads, tokens, dim].")
    #expect(
      try await complaint(q, Sample(1, 2, 12, 8, phase: 0), v)
        == "Tensor k has rank 4, and q has rank 3.")
    #expect(
      try await complaint(q, Sample(2, 0, 8, phase: 0), v)
        == "Tensor k has shape [2, 0, 8], which is empty.")
    #expect(
      try await complaint(q, Sample(2, 9, 8, phase: 0), v)
        == "The key has 9 tokens, and the value 12.")
    #expect(
      try await complaint(q, Sample(2, 12, 7, phase: 0), v)
        == "The query has 8 features, and the key 7.")
    #expect(
      try await complaint(Sample(3, 12, 8, phase: 0), k, v)
        == "2 heads of keys do not divide 3 heads of queries.")
  }

  @Test("because of its input file names it")
  func files() async throws {
    let scratch = try Scratch()
    func complaint(_ name: String) async throws -> String {
      try await failure("--input \(name) --algorithm flash1 --output o.npz", in: scratch)
    }
    #expect(
      try await complaint("none.npz")
        == "The file 'none.npz' cannot be read: No such file or directory.")
    try scratch.makeFolder("folder.npz")
    #expect(try await complaint("folder.npz") == "'folder.npz' is a folder, not a file.")
    #expect(
      try await complaint("x.pt")
        == "The name 'x.pt' does not end in .safetensors, .npz or .npy.")
    try scratch.write(Data(contentsOf: URL(filePath: example)).prefix(5000), to: "cut.safetensors")
    #expect(
      try await complaint("cut.safetensors").hasPrefix(
        "In 'cut.safetensors': Tensor 'dk' ends at offset 262144, beyond the "))
    try scratch.write(Data(repeating: 255, count: 64), to: "lie.safetensors")
    #expect(
      try await complaint("lie.safetensors")
        == "In 'lie.safetensors': The header is 18446744073709551615 bytes long, "
        + "more than the limit of 100000000.")
    try scratch.write(Data(), to: "empty.npz")
    #expect(try await complaint("empty.npz").hasPrefix("In 'empty.npz': "))
    func write(dtype: String, shape: [Int], to name: String) throws {
      let header = #"{"q":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[0,4]}}"#
      let count = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
      try scratch.write(count + Data(header.utf8) + Data(repeating: 0, count: 4), to: name)
    }
    try write(dtype: "I32", shape: [1, 1, 1], to: "i.safetensors")
    #expect(
      try await complaint("i.safetensors")
        == "In 'i.safetensors': Tensor 'q' has the unsupported dtype 'I32'; "
        + "the supported ones are f32, f16, bf16, f64 and bool.")
    try write(dtype: "BOOL", shape: [1, 2, 2], to: "b.safetensors")
    #expect(
      try await complaint("b.safetensors")
        == "Tensor q is bool, and it takes numbers: f32, f16, bf16 or f64.")
  }

  @Test(
    "because of where it is to write does so before it starts",
    arguments: ["output", "export", "dropout-mask", "probabilities"])
  func places(option: String) async throws {
    let scratch = try Scratch()
    let name = option == "export" ? "x.csv" : "x.npz"
    // Were anything else done before, the missing input would be named.
    let line = "--input none.npz --algorithm flash2 --dropout 0.1 --\(option) "
    #expect(
      try await failure(line + "none/\(name)", in: scratch)
        == "The file 'none/\(name)' cannot be written: No such file or directory.")
    try scratch.makeFolder(name)
    #expect(
      try await failure(line + name, in: scratch) == "'\(name)' is a folder, not a file.")
    try scratch.write(Data(), to: "file")
    #expect(
      try await failure(line + "file/\(name)", in: scratch)
        == "The file 'file/\(name)' cannot be written: Not a directory.")
  }

  @Test("leaves the previous file as it was")
  func previous() async throws {
    let scratch = try Scratch()
    try scratch.write(Data("before".utf8), to: "x.npz")
    try scratch.write(Data("before".utf8), to: "x.json")
    _ = try await failure(
      "--tokens 8 --sram 10 --algorithm flash1 --output x.npz --export x.json", in: scratch)
    #expect(try scratch.text("x.npz") == "before" && scratch.text("x.json") == "before")
  }
}
