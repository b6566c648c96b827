import FlashCore
import Foundation
import TensorFiles
import Testing

@Suite("The dropout mask")
struct DropoutMaskTests {
  @Test("is what all algorithms drop", arguments: ["standard", "flash1", "flash2"])
  func dropped(algorithm: String) async throws {
    // Values of one in a column a key make the output the weights themselves.
    let (scratch, n) = (try Scratch(), 24)
    var identity = Sample(2, n, n, phase: 0)
    identity.values = identity.values.indices.map { $0 % (n * n) % (n + 1) == 0 ? 1 : 0 }
    try scratch.writeTensors(
      [("q", Sample(2, n, 8, phase: 0)), ("k", Sample(2, n, 8, phase: 1)), ("v", identity)],
      to: "x.npz")
    _ = try await quietRun(
      "--input x.npz --algorithm \(algorithm) --blocks 7x5 --dropout 0.4 --seed 12345678901 "
        + "--output o.npz --dropout-mask m.npz", in: scratch)
    let weights = try scratch.tensors("o.npz").floats("o")
    let mask = try scratch.tensors("m.npz")
    #expect(mask.names == ["mask"])
    #expect(try mask.shape("mask") == [2, n, n])
    #expect(try mask.bools("mask") == weights.map { $0 > 0 })
  }

  @Test(
    "is the same in every format, for all algorithms, and where nothing is computed",
    arguments: ["safetensors", "npz", "npy"])
  func formats(format: String) async throws {
    let scratch = try Scratch()
    let line = "--batch 2 --heads 3 --queries 70 --keys 45 --dropout 0.1 --seed 7 --dropout-mask "
    _ = try await quietRun(line + "a.\(format) --reference none", in: scratch)
    _ = try await quietRun(line + "b.\(format) --mode count --algorithm flash1", in: scratch)
    #expect(try scratch.data("a.\(format)") == scratch.data("b.\(format)"))
    let file = try scratch.tensors("a.\(format)")
    let name = format == "npy" ? "a" : "mask"
    #expect(try file.layout(named: name).element == .bool)
    #expect(try file.shape(name) == [2, 3, 70, 45])
    let dropout = Dropout(probability: 0.1, seed: 7)
    let expected = (0..<6).flatMap {
      dropout.mask(batch: $0 / 3, head: $0 % 3, queries: 0..<70, keys: 0..<45)
    }
    #expect(try file.bools(name) == expected)
  }

  @Test("keeps weights at the rate that was asked for", arguments: [0.1, 0.5, 0.95])
  func rate(probability: Double) async throws {
    let scratch = try Scratch()
    // More elements than are written at once.
    _ = try await quietRun(
      "--tokens 1200 --mode count --dropout \(probability) --dropout-mask m.npy", in: scratch)
    let kept = try scratch.tensors("m.npy").bools("m")
    #expect(kept.count == 1200 * 1200)
    let expected = (1 - probability) * Double(kept.count)
    // Four standard deviations of a binomial.
    let allowed = 4 * (probability * expected).squareRoot()
    #expect(abs(Double(kept.count { $0 }) - expected) < allowed)
  }
}

@Suite("The weights, as a file,")
struct ProbabilityFileTests {
  /// Runs what is to write weights, and to say what they took.
  private func run(_ line: String, in scratch: Scratch) async throws -> String {
    let outcome = try await flashsimTests.run(line + " --reference none", in: scratch)
    #expect(outcome.status == 0, "\(line): \(outcome.errors)")
    return outcome.errors
  }

  @Test("hold softmax(S) in every format, in the rank of the input")
  func formats() async throws {
    let scratch = try Scratch()
    try scratch.writeTensors(Sample.problem, to: "three.npz")
    try scratch.writeTensors(Sample.problemWithBatch, to: "four.npz")
    let line = "--algorithm flash2 --blocks 5x4 --causal --input "
    // Q, LSE, P; K for the 1, 2 or 3 blocks of 4 keys that 5 and 10 and 12 queries see.
    let bytes = 2 * (4 * (12 * 8 + 12 + 12 * 12) + 4 * 8 * (8 + 12 + 12))
    for format in ["safetensors", "npz", "npy"] {
      let remark = try await run(line + "three.npz --probabilities p.\(format)", in: scratch)
      #expect(bytes == 4064 && remark == "Note: The probabilities moved 4.06 kB more.\n")
      _ = try await run(line + "four.npz --probabilities q.\(format)", in: scratch)
      let (three, four) = (try scratch.tensors("p.\(format)"), try scratch.tensors("q.\(format)"))
      #expect(three.names == ["p"])
      #expect(try three.shape(three.names[0]) == [2, 12, 12])
      #expect(try four.shape(four.names[0]) == [1, 2, 12, 12])
      let weights = try three.floats("p")
      #expect(try four.floats(four.names[0]) == weights)
      let (q, k) = (Sample.problem[0].1.values, Sample.problem[1].1.values)
      for row in 0..<24 {
        let scores: [Double] = (0...row % 12).map { j in
          let key = (row / 12 * 12 + j) * 8
          let products: [Double] = (0..<8).map { Double(q[row * 8 + $0]) * Double(k[key + $0]) }
          return products.reduce(0, +) / 8.0.squareRoot()
        }
        let sum = scores.reduce(0) { $0 + exp($1) }
        for j in 0..<12 {
          let expected = j <= row % 12 ? exp(scores[j]) / sum : 0
          #expect(abs(Double(weights[row * 12 + j]) - expected) < 1e-6, "\(format) \(row) \(j)")
        }
      }
    }
  }

  @Test("are those of all algorithms, but for rounding, and of the backward pass")
  func algorithms() async throws {
    let scratch = try Scratch()
    let line =
      "--tokens 40 --heads 4 --kv-heads 2 --softcap 3 --alibi --dropout 0.2 --blocks 16x16 "
      + "--probabilities p.npy --algorithm "
    _ = try await run(line + "flash2", in: scratch)
    let expected = try scratch.tensors("p.npy").floats("p")
    for run in ["standard", "flash1", "flash2 --pass backward", "standard --pass both"] {
      _ = try await self.run(line + run, in: scratch)
      let distance = try zip(scratch.tensors("p.npy").floats("p"), expected)
        .map { abs($0 - $1) }.max()
      #expect(try #require(distance) < 1e-6, "\(run)")
    }
  }

  @Test("are of the type of the run", arguments: [("f16", "npz"), ("bf16", "safetensors")])
  func halves(type: String, format: String) async throws {
    let scratch = try Scratch()
    _ = try await run(
      "--tokens 20 --algorithm flash1 --dtype \(type) --probabilities p.\(format)", in: scratch)
    let layout = try scratch.tensors("p.\(format)").layout(named: "p")
    #expect(layout.element == TensorFileElement(rawValue: type) && layout.shape == [1, 1, 20, 20])
  }

  @Test("that cannot hold bf16 is refused before anything runs", arguments: ["npz", "npy"])
  func brainFloats(format: String) async throws {
    let scratch = try Scratch()
    let outcome = try await flashsimTests.run(
      "--tokens 1000000 --algorithm flash2 --dtype bf16 --probabilities p.\(format)", in: scratch)
    #expect(outcome.status == 1 && outcome.output == "")
    #expect(
      outcome.complaint
        == "An \(format) file has no bf16, and 'p.\(format)' is one; a .safetensors file has.")
    #expect(try scratch.names == [])
  }
}

extension TensorFile {
  /// The truth values of a tensor.
  fileprivate func bools(_ name: String) throws -> [Bool] {
    try tensor(named: name).bytes.withUnsafeBytes { $0.map { $0 != 0 } }
  }
}
