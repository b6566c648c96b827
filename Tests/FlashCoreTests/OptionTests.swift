import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("An option")
struct OptionTests {
  static let shape = (queries: 30, keys: 37)

  /// Options that change weights, alone and together.
  static var options: [(String, AttentionOptions)] {
    let dropout = Dropout(probability: 0.3, seed: 0x1234_5678_9ABC)
    return [
      ("soft cap", AttentionOptions(softcap: 1.5)),
      ("ALiBi", AttentionOptions(slopes: [0.5, 0.125])),
      ("dropout", AttentionOptions(dropout: dropout)),
      ("no dropout", AttentionOptions(dropout: Dropout(probability: 0, seed: 1))),
      (
        "all of them",
        AttentionOptions(
          mask: .causal(.bottomRight), softcap: 2, slopes: [0.25, 1], dropout: dropout)
      ),
    ]
  }

  func problem(seed: UInt64 = 4) throws -> Problem {
    try Problem(
      AttentionShape(
        batch: 2, heads: 2, kvHeads: 1, queries: Self.shape.queries, keys: Self.shape.keys,
        headDim: 6, valueDim: 5), seed: seed)
  }

  /// SRAM in which rows of S take several turns, with blocks of 2 × 3; eager standard attention holds all
  /// keys of a head besides.
  private func little(_ algorithm: Algorithm) -> Capacity {
    .elements(algorithm == .standardEager ? 240 : 150)
  }

  @Test("does what its definition says, in both passes", arguments: Algorithm.allCases)
  func values(algorithm: Algorithm) throws {
    let problem = try problem()
    let shift = Self.shape.keys - Self.shape.queries
    for (name, options) in Self.options {
      for (tiling, sram) in [
        (Tiling.blocks(16, 8), Capacity.unlimited), (.blocks(7, 11), .unlimited),
        (.blocks(2, 3), little(algorithm)),
      ] {
        let result = try problem.run(
          algorithm, pass: .both, options: options, tiling: tiling, on: machine(sram))
        #expect(
          problem.mistakes(in: result, options: options) { _, i, j in
            options.mask == .none || j <= i + shift
          } == [], "\(algorithm) \(name) \(tiling)")
      }
    }
  }

  @Test("counted, executed and in closed form is the same", arguments: Algorithm.allCases)
  func closedForm(algorithm: Algorithm) throws {
    let problem = try problem()
    for (name, options) in Self.options {
      for pass in Pass.allCases {
        for (tiling, sram) in [
          (Tiling.blocks(10, 8), Capacity.unlimited), (.blocks(2, 3), little(algorithm)),
        ] {
          let comment: Comment = "\(algorithm) \(pass) \(name) \(tiling)"
          let plan = try AttentionPlan(
            algorithm, pass: pass, shape: problem.shape, options: options, tiling: tiling,
            on: machine(sram, mode: .count))
          let counted = try plan.count()
          let executed = try problem.run(
            algorithm, pass: pass, options: options, tiling: tiling, on: machine(sram)
          ).execution
          #expect(counted == executed, comment)
          #expect(counted.ledger == plan.closedForm, comment)
          #expect(counted.peakSRAM == plan.footprint, comment)
        }
      }
    }
  }

  @Test("that drops, drops the same whatever the tiling, the algorithm, the threads and the pass")
  func dropoutMask() throws {
    // With values of one in a column a key, the output is the weights themselves.
    let (n, dropout) = (24, Dropout(probability: 0.4, seed: 99))
    let q = try Tensor(normal: [1, 2, n, 4], seed: 1)
    var identity = [Float](repeating: 0, count: 2 * n * n)
    for h in 0..<2 { for i in 0..<n { identity[(h * n + i) * n + i] = 1 } }
    let v = try Tensor(shape: [1, 2, n, n], identity)
    for algorithm in Algorithm.allCases {
      for (tiling, threads) in [
        (Tiling.blocks(24, 24), 1), (.blocks(7, 5), 2), (.blocks(3, 16), 7),
      ] {
        let plan = try AttentionPlan(
          algorithm, pass: .both, shape: AttentionShape(query: q, key: q, value: v),
          options: AttentionOptions(dropout: dropout), tiling: tiling, on: machine(threads: threads)
        )
        // With an output gradient of one everywhere, dV sums the weights of a key: the backward pass
        // has dropped the same.
        let ones = try Tensor(
          shape: v.shape, [Float](repeating: 1, count: identity.count))
        let result = try plan(query: q, key: q, value: v, outputGradient: ones)
        let weights = result.output.values
        let sums = result.gradients!.value.values
        for h in 0..<2 {
          for j in 0..<n {
            var sum: Float = 0
            for i in 0..<n {
              let weight = weights[(h * n + i) * n + j]
              #expect(
                (weight > 0) == dropout.keeps(batch: 0, head: h, query: i, key: j),
                "\(algorithm) \(tiling) \(h) \(i) \(j)")
              sum += weight
            }
            #expect(abs(sums[(h * n + j) * n] - sum) < 1e-5)
          }
        }
      }
    }
  }

  @Test("that drops at a rate keeps it, and the mean output")
  func dropoutRate() throws {
    for p in [0.1, 0.5, 0.9] {
      let dropout = Dropout(probability: p, seed: 7)
      let n = 400
      var kept = 0
      for i in 0..<n {
        for j in 0..<n where dropout.keeps(batch: 0, head: 0, query: i, key: j) { kept += 1 }
      }
      // Four standard deviations of a binomial.
      let allowed = 4 * (p * (1 - p) * Double(n * n)).squareRoot()
      #expect(abs(Double(kept) - (1 - p) * Double(n * n)) < allowed)
    }
    let problem = try problem()
    let plain = try problem.run(.flash2, on: machine()).output.values.map(Double.init)
    var mean = [Double](repeating: 0, count: plain.count)
    var square = mean
    let seeds = 200
    for seed in 0..<seeds {
      let options = AttentionOptions(dropout: Dropout(probability: 0.2, seed: UInt64(seed)))
      let output = try problem.run(.flash2, options: options, on: machine()).output.values
      for i in output.indices {
        mean[i] += Double(output[i]) / Double(seeds)
        square[i] += Double(output[i]) * Double(output[i]) / Double(seeds)
      }
    }
    // Five standard errors of the mean, of each of 600 elements.
    for i in plain.indices {
      let deviation = (max(square[i] - mean[i] * mean[i], 0) / Double(seeds)).squareRoot()
      #expect(abs(mean[i] - plain[i]) < 5 * deviation + 1e-6, "\(i)")
    }
  }

  @Test("saves the seed of dropout, and loads it; run eagerly, which weights it keeps")
  func randomState() throws {
    let problem = try problem()
    let options = AttentionOptions(dropout: Dropout(probability: 0.1, seed: 5))
    for algorithm in Algorithm.allCases {
      for (pass, reads, writes) in [(Pass.forward, 0, 2), (.backward, 2, 0), (.both, 2, 2)] {
        let run = try problem.run(algorithm, pass: pass, options: options, on: machine()).execution
        let traffic = run.ledger.traffic(of: "R")
        let Z = run.ledger.traffic(of: "Z")
        let weights = problem.shape.matrices * problem.shape.queries * problem.shape.keys
        if algorithm == .standardEager {
          #expect(traffic == .zero)
          #expect(Z == Traffic(reads: reads / 2 * weights, writes: writes / 2 * weights, of: .bool))
        } else {
          #expect((traffic.readElements, traffic.writtenElements) == (reads, writes))
          #expect(Z == .zero)
        }
      }
    }
  }

  @Test("that does not go with the shape is refused with the numbers")
  func errors() throws {
    let shape = try AttentionShape(heads: 3, queries: 4, headDim: 2)
    for (options, sentence) in [
      (
        AttentionOptions(slopes: [1, 2]), "2 ALiBi slopes do not go with 3 heads."
      ),
      (
        AttentionOptions(dropout: Dropout(probability: 1, seed: 0)),
        "A dropout of 1.0 is not in [0, 1)."
      ),
      (AttentionOptions(softcap: 0), "A soft cap of 0.0 is not between 2⁻¹⁰⁰ and 2¹⁰⁰."),
    ] {
      let error = #expect(throws: AttentionError.self) {
        try AttentionPlan(.flash2, shape: shape, options: options, on: machine())
      }
      #expect(error.map { "\($0)" } == sentence)
    }
  }
}
