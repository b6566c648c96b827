import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("Merging")
struct MergingTests {
  /// The problem with keys `range` alone.
  private func part(
    _ problem: Problem, keys range: Range<Int>, algorithm: Algorithm = .flash2,
    mask: Mask = .none, tiling: Tiling = .blocks(16, 10)
  ) throws -> AttentionResult {
    func rows(_ tensor: Tensor) throws -> Tensor {
      let (values, shape) = (tensor.values, tensor.shape)
      var kept: [Float] = []
      for matrix in 0..<shape[0] * shape[1] {
        let first = matrix * shape[2]
        kept +=
          values[(first + range.lowerBound) * shape[3]..<(first + range.upperBound) * shape[3]]
      }
      return try Tensor(
        shape: [shape[0], shape[1], range.count, shape[3]], kept, of: tensor.elementType)
    }
    return try scaledDotProductAttention(
      query: problem.query, key: rows(problem.key), value: rows(problem.value), mask: mask,
      scale: problem.scale, algorithm: algorithm, tiling: tiling, on: machine())
  }

  @Test("gives attention to all keys, of parts by any algorithm", arguments: Algorithm.allCases)
  func values(algorithm: Algorithm) throws {
    let shapes = try awkwardShapes().filter { $0.keys > 3 && $0.headDim < 64 }
    for (seed, shape) in shapes.enumerated() {
      let problem = try Problem(shape, seed: UInt64(seed))
      let n = shape.keys
      for (ends, sram) in [
        ([0, n / 2, n], Capacity.unlimited), ([0, 1, n / 3, n - 1, n], .elements(500)),
      ] {
        let parts = try zip(ends, ends.dropFirst()).map {
          try part(problem, keys: $0..<$1, algorithm: algorithm)
        }
        let merged = try AttentionResult(merging: parts, on: machine(sram))
        #expect(problem.mistakes(in: merged) == [], "\(algorithm) \(shape) \(ends)")
        #expect(merged.gradients == nil)
        #expect(merged.logSumExp.shape == [shape.batch, shape.heads, shape.queries])
      }
    }
  }

  @Test("is the reduction of split keys, to the bit")
  func sameProgram() throws {
    let problem = try Problem(
      AttentionShape(heads: 2, queries: 40, keys: 60, headDim: 8), seed: 21)
    let split = try problem.run(
      .splitKV, options: AttentionOptions(), tiling: .blocks(16, 10), splits: 3, on: machine())
    // The order counts, for three parts and more.
    let parts = try [0..<20, 20..<40, 40..<60].map { try part(problem, keys: $0) }
    let merged = try AttentionResult(merging: parts, on: machine())
    #expect(merged.output.values == split.output.values)
    #expect(merged.logSumExp.values == split.logSumExp.values)
    let reduce = Phase("reduce")
    #expect(
      merged.execution.ledger.traffic(in: reduce) == split.execution.ledger.traffic(in: reduce))
  }

  @Test("takes rows that see nothing of a part, or of any")
  func masks() throws {
    let n = 30
    let problem = try Problem(AttentionShape(queries: n, headDim: 4), seed: 22)
    for cut in [1, 9, 20] {
      // Of the later keys, a query sees those up to its own: none, for the first `cut`.
      let parts = [
        try part(problem, keys: 0..<cut, mask: .causal()),
        try part(problem, keys: cut..<n, mask: .causal(.bottomRight)),
      ]
      #expect(parts[1].logSumExp.values.prefix(cut).allSatisfy { $0 == -.infinity })
      for order in [parts, parts.reversed()] {
        let merged = try AttentionResult(merging: order, on: machine())
        #expect(problem.mistakes(in: merged) { _, i, j in j <= i } == [], "\(cut)")
      }
    }
    var nothing = Mask()
    nothing.keyLengths = [0]
    let parts = try [0..<10, 10..<30].map { try part(problem, keys: $0, mask: nothing) }
    let merged = try AttentionResult(merging: parts, on: machine())
    #expect(merged.output.values.allSatisfy { $0 == 0 })
    #expect(merged.logSumExp.values.allSatisfy { $0 == -.infinity })
  }

  @Test("moves every part once, in blocks as large as fit", arguments: [1, 2, 5])
  func traffic(count: Int) throws {
    let problem = try Problem(
      AttentionShape(batch: 2, heads: 3, queries: 40, keys: 10, headDim: 4, valueDim: 7),
      precision: .f16, seed: 23)
    let parts = Array(repeating: try part(problem, keys: 0..<10), count: count)
    let N = 2 * 3 * 40
    for (sram, rows) in [(Capacity.unlimited, 40), (.elements(22 * 9 + 21), 9)] {
      let merged = try AttentionResult(merging: parts, on: machine(sram))
      #expect(merged.output.elementType == .f16)
      let ledger = merged.execution.ledger
      #expect(ledger.phases == [Phase("reduce")])
      #expect(
        ledger.traffic(of: "O_partial") == Traffic(reads: count * N * 7, of: .f16))
      #expect(ledger.traffic(of: "LSE_partial") == Traffic(reads: count * N, of: .f32))
      #expect(ledger.traffic(of: "O") == Traffic(writes: N * 7, of: .f16))
      #expect(ledger.traffic(of: "LSE") == Traffic(writes: N, of: .f32))
      // Two outputs and eight vectors.
      #expect(merged.execution.peakSRAM == 4 * rows * 22)
    }
  }

  @Test("gives the same bits with 1, 2 and 7 threads")
  func threads() throws {
    let problem = try Problem(AttentionShape(heads: 5, queries: 40, headDim: 8), seed: 24)
    let parts = try [0..<7, 7..<40].map { try part(problem, keys: $0) }
    let results = try [1, 2, 7].map {
      try AttentionResult(merging: parts, on: machine(.elements(150), threads: $0))
    }
    for result in results.dropFirst() {
      #expect(result.output.values == results[0].output.values)
      #expect(result.logSumExp.values == results[0].logSumExp.values)
      #expect(result.execution == results[0].execution)
    }
  }

  @Test("of parts that do not go together is refused")
  func errors() throws {
    func attempt(_ parts: [AttentionResult], sram: Capacity = .unlimited) -> AttentionError? {
      #expect(throws: AttentionError.self) {
        try AttentionResult(merging: parts, on: machine(sram))
      }
    }
    func result(
      _ batch: Int, _ heads: Int, _ queries: Int, _ valueDim: Int, _ precision: Precision = .f32
    ) throws -> AttentionResult {
      let problem = try Problem(
        AttentionShape(
          batch: batch, heads: heads, queries: queries, keys: 3, headDim: 2, valueDim: valueDim),
        precision: precision, seed: 25)
      return try problem.run(.flash2, on: machine())
    }
    #expect(attempt([])?.description == "There are no results to merge.")
    let first = try result(2, 2, 5, 4)
    for (other, sentence) in [
      (try result(1, 2, 5, 4), "The output of part 0 has 2 batches, and the output of part 2 1."),
      (try result(2, 3, 5, 4), "The output of part 0 has 2 heads, and the output of part 2 3."),
      (try result(2, 2, 6, 4), "The output of part 0 has 5 tokens, and the output of part 2 6."),
      (try result(2, 2, 5, 3), "The output of part 0 has 4 features, and the output of part 2 3."),
      (
        try result(2, 2, 5, 4, .f16),
        "The output of part 2 has elements of f16 where f32 is expected."
      ),
    ] {
      #expect(attempt([first, first, other])?.description == sentence)
    }
    #expect(
      attempt([first], sram: .bytes(63))?.description
        == "The program needs 64 bytes of SRAM, and a core has 63.")
  }
}
