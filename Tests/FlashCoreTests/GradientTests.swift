import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("The backward pass")
struct GradientTests {
  @Test("gives the gradients by every algorithm, tiling and shape", arguments: Algorithm.allCases)
  func values(algorithm: Algorithm) throws {
    // Eager standard attention holds the keys or values of a head, here 129 of 40 features.
    let little = Capacity.elements(algorithm == .standardEager ? 5400 : 1600)
    for (seed, shape) in try awkwardShapes().enumerated() {
      let problem = try Problem(shape, seed: UInt64(seed))
      for tiling in [Tiling.blocks(16, 16), .blocks(33, 50), .blocks(50, 7), .fit] {
        for sram in [Capacity.unlimited, little] {
          if sram != .unlimited && tiling != .fit { continue }
          let result = try problem.run(algorithm, pass: .both, tiling: tiling, on: machine(sram))
          #expect(problem.mistakes(in: result) == [], "\(algorithm) \(tiling) \(sram) \(shape)")
        }
      }
    }
  }

  @Test("is right where rows of P and dP are read in parts")
  func scoreGradientInParts() throws {
    let problem = try Problem(
      try AttentionShape(heads: 2, queries: 30, keys: 100, headDim: 4), seed: 6)
    for M in [60, 101, 200] {
      let result = try problem.run(
        .standard, pass: .both, tiling: .blocks(2, 3), on: machine(.elements(M)))
      #expect(problem.mistakes(in: result) == [], "M = \(M)")
      #expect(
        result.execution.ledger.traffic(in: Phase("dS")).readElements == 4 * 2 * 30 * 100)
    }
  }

  @Test("agrees with central differences in Double", arguments: Algorithm.allCases)
  func differences(algorithm: Algorithm) throws {
    let problem = try Problem(
      try AttentionShape(heads: 2, kvHeads: 1, queries: 5, keys: 6, headDim: 3, valueDim: 2),
      seed: 8)
    for options in [
      AttentionOptions(mask: .causal(.bottomRight)),
      AttentionOptions(
        mask: .causal(.bottomRight), softcap: 1.5, slopes: [0.5, 0.25],
        dropout: Dropout(probability: 0.3, seed: 4)),
    ] {
      let gradients = try problem.run(
        algorithm, pass: .both, options: options, tiling: .blocks(2, 4), on: machine()
      ).gradients!
      for (name, gradient) in [
        ("query", gradients.query), ("key", gradients.key), ("value", gradients.value),
      ] {
        let values = gradient.values
        for index in values.indices {
          let slope = problem.slope(of: name, at: index, options: options) { _, i, j in j <= i + 1 }
          #expect(abs(Double(values[index]) - slope) < 2e-5, "\(name) \(index)")
        }
      }
    }
  }

  @Test("gives the same bits with 1, 2 and 7 threads, and again", arguments: Algorithm.allCases)
  func threads(algorithm: Algorithm) throws {
    let problem = try Problem(
      try AttentionShape(batch: 2, heads: 4, kvHeads: 2, queries: 70, headDim: 12), seed: 3)
    let results = try [1, 2, 7, 7].map { threads in
      try problem.run(
        algorithm, pass: .both, tiling: .blocks(20, 30), on: machine(threads: threads))
    }
    for result in results.dropFirst() {
      #expect(result.gradients!.query.values == results[0].gradients!.query.values)
      #expect(result.gradients!.key.values == results[0].gradients!.key.values)
      #expect(result.gradients!.value.values == results[0].gradients!.value.values)
      #expect(result.execution == results[0].execution)
    }
  }

  @Test("alone counts what both passes count, less the forward pass", arguments: Algorithm.allCases)
  func passes(algorithm: Algorithm) throws {
    let problem = try Problem(try AttentionShape(heads: 2, queries: 50, headDim: 8), seed: 2)
    let runs = try Pass.allCases.map {
      try problem.run(algorithm, pass: $0, tiling: .blocks(16, 20), on: machine())
    }
    #expect(runs[0].execution.ledger + runs[1].execution.ledger == runs[2].execution.ledger)
    #expect(runs[1].gradients!.query.values == runs[2].gradients!.query.values)
  }

  @Test("counted, executed and in closed form is the same", arguments: Algorithm.allCases)
  func closedForm(algorithm: Algorithm) throws {
    let seed: UInt64 = 20_260_102
    var generator = SeededGenerator(seed: seed)
    for number in 0..<40 {
      let random = try RandomConfiguration(using: &generator, limit: 50)
      for pass in [Pass.backward, .both] {
        let comment: Comment = "seed \(seed), number \(number): \(algorithm) \(pass) \(random)"
        let tiling = Tiling.blocks(random.blocks)
        let counting = try AttentionPlan(
          algorithm, pass: pass, shape: random.shape, tiling: tiling, on: machine(mode: .count))
        let counted = try counting.count()
        let executed = try Problem(random.shape, seed: 1).run(
          algorithm, pass: pass, tiling: tiling, on: machine()
        ).execution
        #expect(counted == executed, comment)
        #expect(counted.ledger == counting.closedForm, comment)
        #expect(counted.peakSRAM == counting.footprint, comment)
      }
    }
  }
}
