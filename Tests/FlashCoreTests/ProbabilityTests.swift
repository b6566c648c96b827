import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("The weights")
struct ProbabilityTests {
  /// Weights in one piece, and what they took.
  struct Weights {
    var values: [Float] = []
    var execution = Execution()
    let source: AttentionProbabilities

    init(_ source: AttentionProbabilities, _ shape: AttentionShape) throws {
      self.source = source
      var matrices: [(batch: Int, head: Int)] = []
      var next = 0
      execution = source.compute { batch, head, rows, block in
        if rows.lowerBound == 0 { matrices.append((batch, head)) }
        #expect(rows.lowerBound == next % shape.queries && rows.count <= source.blocks.rows)
        #expect(block.shape == [rows.count, shape.keys])
        next += rows.count
        values += block.values
      }
      #expect(next == shape.batch * shape.heads * shape.queries)
      #expect(
        matrices.map { $0.batch * shape.heads + $0.head } == Array(0..<shape.batch * shape.heads))
    }
  }

  /// Runs a plan, and computes the weights of the run.
  private func weights(
    _ problem: Problem, _ algorithm: Algorithm, options: AttentionOptions = AttentionOptions(),
    tiling: Tiling, on machine: Machine = machine()
  ) throws -> (weights: Weights, plan: AttentionPlan, result: AttentionResult) {
    let plan = try AttentionPlan(
      algorithm, shape: problem.shape, options: options, precision: problem.precision,
      scale: problem.scale, tiling: tiling, on: machine)
    let result = try plan(query: problem.query, key: problem.key, value: problem.value)
    let source = try plan.probabilities(
      query: problem.query, key: problem.key, logSumExp: result.logSumExp)
    return (try Weights(source, problem.shape), plan, result)
  }

  @Test("are those of the definition, under masks and options", arguments: Algorithm.allCases)
  func values(algorithm: Algorithm) throws {
    let (queries, keys) = (30, 37)
    let shape = try AttentionShape(
      batch: 2, heads: 2, kvHeads: 1, queries: queries, keys: keys, headDim: 6, valueDim: 5)
    let problem = try Problem(shape, seed: 8)
    for tiling in [Tiling.blocks(16, 8), .blocks(7, 11), .blocks(40, 40)] {
      for mask in MaskCase.all(queries: queries, keys: keys) {
        let options = AttentionOptions(mask: mask.mask)
        let values = try weights(problem, algorithm, options: options, tiling: tiling)
          .weights.values
        #expect(
          problem.mistakes(inProbabilities: values, sees: mask.sees) == [],
          "\(algorithm) \(mask) \(tiling)")
      }
      for (name, options) in OptionTests.options {
        let values = try weights(problem, algorithm, options: options, tiling: tiling)
          .weights.values
        let mistakes = problem.mistakes(inProbabilities: values, options: options) { _, i, j in
          options.mask == .none || j <= i + keys - queries
        }
        #expect(mistakes == [], "\(algorithm) \(name) \(tiling)")
      }
    }
  }

  @Test("sum to 1 over the keys, or to 0 where none is seen, and weigh the values")
  func sums() throws {
    var mask = Mask()
    mask.keyLengths = [25, 0]
    mask.causal = .bottomRight
    let shape = try AttentionShape(
      batch: 2, heads: 4, kvHeads: 2, queries: 40, keys: 33, headDim: 8, valueDim: 3)
    let problem = try Problem(shape, seed: 5)
    let dropout = Dropout(probability: 0.25, seed: 3)
    let options = AttentionOptions(mask: mask, softcap: 2, dropout: dropout)
    let values = problem.value.values
    for algorithm in Algorithm.allCases {
      let (weights, _, result) = try weights(
        problem, algorithm, options: options, tiling: .blocks(16, 16))
      for matrix in 0..<8 {
        let kept = dropout.mask(
          batch: matrix / 4, head: matrix % 4, queries: 0..<40, keys: 0..<33)
        for i in 0..<40 {
          let row = weights.values[(matrix * 40 + i) * 33..<(matrix * 40 + i + 1) * 33]
          let sum = row.reduce(0) { $0 + Double($1) }
          #expect(abs(sum - (matrix >= 4 || i < 7 ? 0 : 1)) < 1e-6, "\(algorithm) \(matrix) \(i)")
          for f in 0..<3 {
            var output = 0.0
            for (j, weight) in row.enumerated() where kept[i * 33 + j] {
              output +=
                Double(weight * dropout.scale) * Double(values[(matrix / 2 * 33 + j) * 3 + f])
            }
            let actual = Double(result.output.values[(matrix * 40 + i) * 3 + f])
            #expect(abs(output - actual) < 2e-6, "\(algorithm) \(matrix) \(i) \(f)")
          }
        }
      }
    }
  }

  @Test("know masks and biases that are tensors")
  func scoreTensors() throws {
    let shape = try AttentionShape(batch: 2, heads: 2, queries: 30, keys: 37, headDim: 6)
    let problem = try Problem(shape, seed: 12)
    let mask = try Tensor(shape: [1, 2, 30, 37], (0..<2 * 30 * 37).map { $0 % 3 > 0 })
    let bias = try Tensor(normal: [2, 1, 30, 37], seed: 4)
    let options = try AttentionOptions(
      mask: .causal(.bottomRight), maskTensor: ScoreTensor(mask, as: "mask"),
      bias: ScoreTensor(bias, as: "bias"))
    let plan = try AttentionPlan(
      .flash2, shape: shape, options: options, tiling: .blocks(16, 8), on: machine())
    let result = try plan(
      query: problem.query, key: problem.key, value: problem.value, mask: mask, bias: bias)
    let source = try plan.probabilities(
      query: problem.query, key: problem.key, logSumExp: result.logSumExp, mask: mask, bias: bias)
    let weights = try Weights(source, shape)
    #expect(weights.execution.ledger == source.closedForm)
    #expect(weights.execution.peakSRAM == source.footprint)
    #expect(
      problem.mistakes(
        inProbabilities: weights.values, options: options,
        scores: ScoreOperands(mask: mask, bias: bias)
      ) { _, i, j in j - 37 <= i - 30 } == [])
  }

  @Test("of block patterns are zeros where there is no block", arguments: Algorithm.allCases)
  func patterns(algorithm: Algorithm) throws {
    let problem = try Problem(try AttentionShape(heads: 2, queries: 61, headDim: 5), seed: 2)
    for (name, pattern) in PatternTests.patterns {
      for (Br, Bc) in [(8, 8), (16, 4)] {
        let options = AttentionOptions(pattern: pattern)
        let side = max(Br, Bc)
        let layout = pattern.layout((61 + side - 1) / side)
        let values = try weights(problem, algorithm, options: options, tiling: .blocks(Br, Bc))
          .weights.values
        let mistakes = problem.mistakes(inProbabilities: values) { _, i, j in
          layout[i / Br * Br / side][j / Bc * Bc / side]
        }
        #expect(mistakes == [], "\(algorithm) \(name) \(Br)×\(Bc)")
      }
    }
  }

  @Test("are of the type of the matrices", arguments: [Precision.f16, .bf16])
  func halves(precision: Precision) throws {
    for shape in try awkwardShapes() {
      let problem = try Problem(shape, precision: precision, seed: 6)
      let (weights, _, _) = try weights(problem, .flash2, tiling: .blocks(16, 24))
      #expect(problem.mistakes(inProbabilities: weights.values) == [], "\(precision) \(shape)")
      let written = weights.execution.ledger.traffic(of: "P")
      #expect(written.writtenBytes == 2 * written.writtenElements)
    }
  }

  @Test("move and occupy what closed forms say, within the SRAM that the plan fills")
  func counts() throws {
    let seed: UInt64 = 20_261_122
    var generator = SeededGenerator(seed: seed)
    for number in 0..<54 {
      let random = try RandomConfiguration(using: &generator, limit: 30)
      let shape = random.shape
      let algorithm = Algorithm.allCases[number % 3]
      let precision = [Precision.f32, .f16, .bf16][number / 3 % 3]
      var options = AttentionOptions(softcap: Bool.random(using: &generator) ? 3 : nil)
      if Bool.random(using: &generator) { options.mask.causal = .topLeft }
      if Bool.random(using: &generator) { options.pattern = .local(width: 3) }
      let comment: Comment =
        "seed \(seed), number \(number): \(algorithm) \(precision) \(options) \(random)"
      let footprint = try AttentionPlan(
        algorithm, shape: shape, options: options, precision: precision,
        tiling: .blocks(random.blocks), on: machine(mode: .count)
      ).footprint
      let (weights, plan, _) = try weights(
        Problem(shape, precision: precision, seed: 1), algorithm, options: options,
        tiling: .blocks(random.blocks), on: machine(.bytes(footprint)))
      let (source, execution) = (weights.source, weights.execution)
      #expect(execution.ledger == source.closedForm, comment)
      #expect(execution.peakSRAM == source.footprint, comment)
      #expect(source.footprint <= footprint, comment)
      let (Nq, Nk, d) = (shape.batch * shape.heads * shape.queries, shape.keys, shape.headDim)
      #expect(execution.ledger.traffic(of: "P").elements == Nq * Nk, comment)
      #expect(execution.ledger.traffic(of: "LSE").readBytes == 4 * Nq, comment)
      #expect(execution.ledger.traffic(of: "Q").elements == Nq * d, comment)
      if source.blocks == plan.blocks && options.leavesAll {
        let Tr = (shape.queries + plan.blocks.rows - 1) / plan.blocks.rows
        #expect(
          execution.ledger.traffic(of: "K").elements
            == shape.batch * shape.heads * Tr * Nk * d, comment)
      }
    }
  }

  @Test("take parts of the plan's blocks where the log-sum-exps do not fit beside them")
  func parts() throws {
    let shape = try AttentionShape(queries: 32, keys: 24, headDim: 8)
    let problem = try Problem(shape, seed: 4)
    // Standard attention's kernels fill 416 elements: S beside Q and K.
    for (mask, pattern) in [
      (Mask.none, BlockPattern.full), (.causal(), .full),
      (.none, .blocks([[true, false], [false, true]])),
      (.causal(.bottomRight), .random(density: 0.5, seed: 1)),
    ] {
      let options = AttentionOptions(mask: mask, pattern: pattern)
      let (tight, plan, _) = try weights(
        problem, .standard, options: options, tiling: .blocks(16, 12), on: machine(.elements(416)))
      #expect(plan.blocks == Blocks(rows: 16, columns: 12) && plan.footprint == 4 * 416)
      #expect(tight.source.blocks == Blocks(rows: 16, columns: 6))
      let wide = try weights(problem, .standard, options: options, tiling: .blocks(16, 12)).weights
      #expect(wide.source.blocks == plan.blocks)
      #expect(tight.values == wide.values)
    }
  }

  @Test("are the same, bit for bit, on any number of threads")
  func threads() throws {
    let problem = try Problem(
      try AttentionShape(batch: 2, heads: 2, queries: 50, headDim: 24), seed: 3)
    let all = try [1, 2, 7].map {
      try weights(
        problem, .flash2, options: AttentionOptions(mask: .causal()), tiling: .blocks(16, 16),
        on: machine(threads: $0)
      ).weights
    }
    for weights in all.dropFirst() {
      // There is a block of weights in HBM for each thread.
      let (run, first) = (weights.execution, all[0].execution)
      #expect(weights.values == all[0].values)
      #expect(
        run.ledger == first.ledger && run.operations == first.operations
          && run.peakSRAM == first.peakSRAM)
    }
  }

  @Test("of other tensors than were planned are refused")
  func mistakes() throws {
    let plan = try AttentionPlan(
      .flash2, shape: AttentionShape(heads: 2, queries: 8, headDim: 4), on: machine())
    let tensor = try Tensor(normal: [1, 2, 8, 4], seed: 0)
    let statistic = try Tensor(normal: [1, 2, 8], seed: 0)
    func refusal(_ query: Tensor, _ key: Tensor, _ logSumExp: Tensor) -> String? {
      #expect(throws: AttentionError.self) {
        try plan.probabilities(query: query, key: key, logSumExp: logSumExp)
      }.map { "\($0)" }
    }
    #expect(
      refusal(tensor, try Tensor(normal: [1, 2, 9, 4], seed: 0), statistic)
        == "The plan of the key has 8 tokens, and the key 9.")
    #expect(
      refusal(tensor.converted(to: .f16), tensor, statistic)
        == "The query has elements of f16 where f32 is expected.")
    #expect(
      refusal(tensor, tensor, tensor)
        == "The log-sum-exp has shape [1, 2, 8, 4], and the plan asks for [1, 2, 8].")
    #expect(
      refusal(tensor, tensor, statistic.converted(to: .bf16))
        == "The log-sum-exp has elements of bf16 where f32 is expected.")
  }

  @Test("are refused where not even one fits beside its log-sum-exp")
  func capacity() throws {
    // Standard attention holds a row of Q and one of K, and a score.
    let plan = try AttentionPlan(
      .standard, shape: AttentionShape(queries: 4, keys: 1, headDim: 8, valueDim: 1),
      tiling: .blocks(1, 1), on: machine(.bytes(68)))
    let error = #expect(throws: AttentionError.self) {
      try plan.probabilities(
        query: Tensor(normal: [1, 1, 4, 8], seed: 0), key: Tensor(normal: [1, 1, 1, 8], seed: 1),
        logSumExp: Tensor(normal: [1, 1, 4], seed: 2))
    }
    #expect(error?.description == "The program needs 72 bytes of SRAM, and a core has 68.")
  }

  @Test("are no longer computed once whoever takes them fails")
  func failures() throws {
    struct Enough: Error {}
    let problem = try Problem(try AttentionShape(heads: 3, queries: 20, headDim: 4), seed: 1)
    let source = try weights(problem, .flash1, tiling: .blocks(8, 8)).weights.source
    var taken = 0
    #expect(throws: Enough.self) {
      try source.compute { _, _, _, _ throws(Enough) in
        taken += 1
        if taken == 4 { throw Enough() }
      }
    }
    #expect(taken == 4)
  }
}
