import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("Split keys")
struct SplitKVTests {
  private func result(
    _ problem: Problem, pass: Pass = .forward, options: AttentionOptions = AttentionOptions(),
    tiling: Tiling, splits: Int?, threads: Int = Machine.hostCores
  ) throws -> AttentionResult {
    try problem.run(
      .splitKV, pass: pass, options: options, tiling: tiling, splits: splits,
      on: machine(threads: threads))
  }

  // MARK: Values

  @Test("give what whole keys give", arguments: [1, 2, 3, 4, 5, 1000])
  func values(splits: Int) throws {
    // The largest is computed by the tests of all algorithms.
    for (seed, shape) in try awkwardShapes().dropLast().enumerated() {
      let problem = try Problem(shape, seed: UInt64(seed))
      for tiling in [Tiling.blocks(16, 16), .blocks(7, 5)] {
        let result = try result(problem, tiling: tiling, splits: splits)
        #expect(problem.mistakes(in: result) == [], "\(splits) \(tiling) \(shape)")
      }
    }
  }

  @Test("give what whole keys give under every mask", arguments: [1, 2, 3, 4, 5, 1000])
  func masks(splits: Int) throws {
    let shape = try AttentionShape(
      batch: 2, heads: 4, kvHeads: 2, queries: 25, keys: 40, headDim: 6, valueDim: 5)
    let problem = try Problem(shape, seed: 11)
    for mask in MaskCase.all(queries: 25, keys: 40) {
      for tiling in [Tiling.blocks(16, 8), .blocks(6, 3)] {
        let result = try result(
          problem, options: AttentionOptions(mask: mask.mask), tiling: tiling, splits: splits)
        #expect(problem.mistakes(in: result, sees: mask.sees) == [], "\(splits) \(mask) \(tiling)")
      }
    }
  }

  @Test("give what whole keys give with every option, in both passes", arguments: [2, 5])
  func options(splits: Int) throws {
    let (queries, keys) = OptionTests.shape
    let problem = try Problem(
      AttentionShape(batch: 2, heads: 2, kvHeads: 1, queries: queries, keys: keys, headDim: 6),
      seed: 12)
    for (name, options) in OptionTests.options {
      for tiling in [Tiling.blocks(16, 4), .blocks(7, 5)] {
        let result = try result(
          problem, pass: .both, options: options, tiling: tiling, splits: splits)
        #expect(
          problem.mistakes(in: result, options: options) { _, i, j in
            options.mask == .none || j <= i + keys - queries
          } == [], "\(splits) \(name) \(tiling)")
      }
    }
  }

  @Test("keep partial results in f32, whatever the rest is", arguments: PrecisionTests.precisions)
  func halves(precision: Precision) throws {
    for shape in try awkwardShapes() {
      let problem = try Problem(shape, precision: precision, seed: 13)
      let result = try result(problem, pass: .both, tiling: .blocks(16, 12), splits: 4)
      let mistakes = problem.mistakes(in: result, sums: (shape.keys + 11) / 12)
      #expect(mistakes == [], "\(precision) \(shape)")
      #expect(result.output.elementType == precision.elementType)
      for tensor in ["O_partial", "LSE_partial"] {
        let traffic = result.execution.ledger.traffic(of: tensor)
        #expect(traffic.bytes == 4 * traffic.elements)
      }
    }
  }

  @Test("give the same bits with 1, 2 and 7 threads", arguments: [1, 3, nil])
  func threads(splits: Int?) throws {
    let problem = try Problem(
      try AttentionShape(batch: 2, heads: 4, kvHeads: 2, queries: 50, keys: 90, headDim: 24),
      seed: 3)
    for tiling in [Tiling.blocks(20, 13), .blocks(6, 13)] {
      let results = try [1, 2, 7].map { threads in
        try result(problem, pass: .both, tiling: tiling, splits: splits, threads: threads)
      }
      for result in results.dropFirst() {
        #expect(result.output.values == results[0].output.values)
        #expect(result.logSumExp.values == results[0].logSumExp.values)
        #expect(result.gradients!.query.values == results[0].gradients!.query.values)
        #expect(result.execution == results[0].execution)
      }
    }
  }

  @Test("that nobody sees, in part or at all, add nothing")
  func deadChunks() throws {
    let shape = try AttentionShape(batch: 2, heads: 2, queries: 20, keys: 40, headDim: 4)
    let problem = try Problem(shape, seed: 14)
    for lengths in [[40, 10], [8, 0]] {
      var mask = Mask()
      mask.keyLengths = lengths
      let result = try result(
        problem, options: AttentionOptions(mask: mask), tiling: .blocks(16, 8), splits: 5)
      #expect(problem.mistakes(in: result) { batch, _, j in j < lengths[batch] } == [])
      // Two heads of two blocks of queries load the live blocks of keys.
      let live = lengths.map { ($0 + 7) / 8 * 8 }.reduce(0, +)
      let ledger = result.execution.ledger
      #expect(ledger.traffic(of: "K").readElements == 2 * 2 * live * 4)
      #expect(ledger.traffic(of: "O_partial").writtenElements == 5 * 2 * 2 * 20 * 4)
      if lengths[1] == 0 {
        #expect(result.output.values.suffix(2 * 20 * 4).allSatisfy { $0 == 0 })
        #expect(result.logSumExp.values.suffix(2 * 20).allSatisfy { $0 == -.infinity })
      }
    }
  }

  // MARK: One chunk

  @Test("are FlashAttention-2, to the bit and in both passes, where they are one chunk")
  func oneSplit() throws {
    let problem = try Problem(
      try AttentionShape(batch: 2, heads: 3, queries: 60, keys: 75, headDim: 12, valueDim: 9),
      seed: 15)
    for tiling in [Tiling.blocks(16, 16), .blocks(60, 75), .blocks(33, 100)] {
      let split = try result(problem, pass: .both, tiling: tiling, splits: 1)
      let flash2 = try problem.run(.flash2, pass: .both, tiling: tiling, on: machine())
      #expect(split.output.values == flash2.output.values)
      #expect(split.logSumExp.values == flash2.logSumExp.values)
      #expect(split.gradients!.query.values == flash2.gradients!.query.values)
      #expect(split.gradients!.key.values == flash2.gradients!.key.values)
      #expect(split.gradients!.value.values == flash2.gradients!.value.values)
      // But for the HBM, where chunks of the forward pass left what they gave.
      #expect(split.execution.ledger == flash2.execution.ledger)
      #expect(split.execution.operations == flash2.execution.operations)
      #expect(split.execution.peakSRAM == flash2.execution.peakSRAM)
      #expect(!split.execution.ledger.phases.contains(Phase("reduce")))
    }
  }

  @Test("have FlashAttention-2's backward pass, whatever the chunks")
  func backward() throws {
    let problem = try Problem(
      try AttentionShape(heads: 4, kvHeads: 2, queries: 30, keys: 50, headDim: 8), seed: 16)
    for splits in [1, 2, 5] {
      let split = try result(problem, pass: .backward, tiling: .blocks(16, 10), splits: splits)
      let flash2 = try problem.run(
        .flash2, pass: .backward, tiling: .blocks(16, 10), on: machine())
      // But for the HBM, where chunks of the forward pass left what they gave.
      #expect(split.execution.ledger == flash2.execution.ledger)
      #expect(split.execution.operations == flash2.execution.operations)
      #expect(split.execution.peakSRAM == flash2.execution.peakSRAM)
      #expect(problem.mistakes(in: split) == [])
    }
  }
}
