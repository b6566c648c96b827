import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("Half precision")
struct PrecisionTests {
  static let precisions = [
    Precision.f16, .bf16, Precision(.f16, accumulatorType: .f32),
    Precision(.bf16, accumulatorType: .f32),
  ]

  @Test("counts and occupies what closed forms say", arguments: Algorithm.allCases)
  func counts(algorithm: Algorithm) throws {
    let seed: UInt64 = 20_261_121
    var generator = SeededGenerator(seed: seed)
    for number in 0..<60 {
      let random = try RandomConfiguration(using: &generator, limit: 60)
      let precision = Self.precisions.randomElement(using: &generator)!
      let pass = Pass.allCases.randomElement(using: &generator)!
      var options = AttentionOptions(
        softcap: Bool.random(using: &generator) ? 3 : nil,
        dropout: Bool.random(using: &generator) ? Dropout(probability: 0.3, seed: 1) : nil)
      if Bool.random(using: &generator) { options.mask.causal = .topLeft }
      let comment: Comment =
        "seed \(seed), number \(number): \(algorithm) \(pass) \(precision) \(random)"
      let counting = try AttentionPlan(
        algorithm, pass: pass, shape: random.shape, options: options, precision: precision,
        tiling: .blocks(random.blocks), on: machine(mode: .count))
      let counted = try counting.count()
      let executed = try Problem(random.shape, precision: precision, seed: 1).run(
        algorithm, pass: pass, options: options, tiling: .blocks(random.blocks), on: machine()
      ).execution
      #expect(counted == executed, comment)
      #expect(counted.ledger == counting.closedForm, comment)
      #expect(counted.peakSRAM == counting.footprint, comment)
    }
  }

  @Test("halves the bytes of matrices, and leaves statistics as they are")
  func bytes() throws {
    for algorithm in Algorithm.allCases {
      let ledgers = try [Precision.f32, .f16, Precision(.f16, accumulatorType: .f32)].map {
        try AttentionPlan(
          algorithm, pass: .both, shape: AttentionShape(queries: 100, keys: 70, headDim: 24),
          precision: $0, tiling: .blocks(32, 16), on: machine(mode: .count)
        ).count().ledger
      }
      for tensor in ledgers[0].tensors {
        let traffic = ledgers.map { $0.traffic(of: tensor) }
        let isStatistic = ["l", "m", "LSE", "D", "O_partial", "LSE_partial"].contains(tensor)
        let isSum =
          tensor == "dQ" && [.flash1, .flash2, .splitKV].contains(algorithm)
          || tensor == "O" && algorithm == .flash1
        for (half, factor) in [(1, isStatistic ? 1 : 2), (2, isStatistic || isSum ? 1 : 2)] {
          #expect(traffic[half].elements == traffic[0].elements)
          #expect(traffic[half].bytes * factor == traffic[0].bytes, "\(algorithm) \(tensor)")
        }
      }
    }
  }

  @Test("of FlashAttention-2 moves what an H200 moved between its SMs and L2")
  func silicon() throws {
    // 128 heads, N = 2048, d = 64, f16, log-sum-exps in f32; three of the tilings that were measured.
    for (rows, columns, read) in [
      (64, 64, 2_181_038_080), (64, 16, 2_181_038_080), (128, 16, 1_107_296_256),
    ] {
      let run = try AttentionPlan(
        .flash2, shape: AttentionShape(heads: 128, queries: 2048, headDim: 64), precision: .f16,
        tiling: .blocks(rows, columns), on: machine(mode: .count)
      ).count()
      #expect(run.traffic.readBytes == read)
      #expect(run.traffic.writtenBytes == 34_603_008)
    }
  }

  @Test("is as exact as its definition", arguments: Algorithm.allCases, precisions)
  func values(algorithm: Algorithm, precision: Precision) throws {
    for shape in try awkwardShapes() {
      let problem = try Problem(shape, precision: precision, seed: 5)
      let result = try problem.run(
        algorithm, pass: .both, tiling: .blocks(16, 24), on: machine())
      let mistakes = problem.mistakes(in: result, sums: (shape.keys + 23) / 24, of: algorithm)
      #expect(mistakes == [], "\(algorithm) \(precision) \(shape)")
      #expect(result.logSumExp.elementType == .f32)
      #expect(result.gradients?.key.elementType == precision.elementType)
    }
  }

  @Test("does not depend on threads", arguments: Algorithm.allCases)
  func threads(algorithm: Algorithm) throws {
    let shape = try AttentionShape(heads: 4, kvHeads: 2, queries: 50, headDim: 24)
    let problem = try Problem(shape, precision: .bf16, seed: 3)
    let results = try [1, 2, 7].map {
      try problem.run(
        algorithm, pass: .both, tiling: .blocks(16, 16), on: machine(threads: $0))
    }
    for result in results.dropFirst() {
      #expect(result.output.values == results[0].output.values)
      #expect(result.gradients?.query.values == results[0].gradients?.query.values)
      #expect(result.execution == results[0].execution)
    }
  }

  @Test("is that of the tensors")
  func frontDoor() throws {
    let problem = try Problem(
      AttentionShape(queries: 20, headDim: 8), precision: .f16, seed: 1)
    let result = try scaledDotProductAttention(
      query: problem.query, key: problem.key, value: problem.value)
    #expect(result.output.elementType == .f16)
    #expect(
      throws: AttentionError.elementTypesDisagree(tensor: "key", .f32, expected: .f16)
    ) {
      _ = try scaledDotProductAttention(
        query: problem.query, key: problem.key.converted(to: .f32), value: problem.value)
    }
    let error = AttentionError.elementTypesDisagree(tensor: "key", .f32, expected: .f16)
    #expect(error.description == "The key has elements of f32 where f16 is expected.")
  }
}
