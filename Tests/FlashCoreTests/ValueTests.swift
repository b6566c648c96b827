import FlashCore
import Foundation
import HBMSim
import TestSupport
import Testing

@Suite("Attention")
struct ValueTests {
  @Test(
    "is softmax(τQKᵀ)V by every algorithm, tiling and shape", arguments: Algorithm.allCases)
  func values(algorithm: Algorithm) throws {
    // Eager standard attention holds the keys or values of a head, here 129 of 40 features.
    let little = Capacity.elements(algorithm == .standardEager ? 5400 : 1200)
    for (seed, shape) in try awkwardShapes().enumerated() {
      let problem = try Problem(shape, seed: UInt64(seed))
      for tiling in [Tiling.blocks(16, 16), .blocks(33, 50), .blocks(50, 7), .fit] {
        for sram in [Capacity.unlimited, little] {
          if sram != .unlimited && tiling != .fit { continue }
          let result = try problem.run(algorithm, tiling: tiling, on: machine(sram))
          let wrong = problem.mistakes(in: result)
          #expect(wrong == [], "\(algorithm) \(tiling) \(sram) \(shape)")
        }
      }
    }
  }

  @Test("is right where standard attention reads the rows of S in parts", arguments: [40, 70, 101])
  func softmaxInParts(M: Int) throws {
    // A row of 100 scores and its two statistics need 102 elements. Scores of either sign and of
    // growing size make every part change the maximum of some row.
    let problem = try Problem(
      try AttentionShape(heads: 2, queries: 30, keys: 100, headDim: 4), scale: 4, seed: 6)
    let result = try problem.run(.standard, tiling: .blocks(2, 3), on: machine(.elements(M)))
    #expect(result.execution.ledger.traffic(of: "S").readElements == 2 * 2 * 30 * 100)
    #expect(problem.mistakes(in: result) == [])
  }

  @Test(
    "is the same on every instruction set", arguments: InstructionSet.available)
  func instructionSets(simd: InstructionSet) throws {
    let problem = try Problem(
      try AttentionShape(heads: 2, queries: 70, keys: 90, headDim: 36, valueDim: 20), seed: 9)
    for algorithm in Algorithm.allCases {
      let result = try problem.run(
        algorithm, tiling: .blocks(24, 31), on: Machine(sram: .unlimited, simd: simd))
      #expect(problem.mistakes(in: result) == [], "\(algorithm)")
    }
  }

  @Test("keeps its accuracy where scores are large, as in real models", arguments: [8, 40])
  func largeScores(scale: Int) throws {
    let problem = try Problem(
      try AttentionShape(queries: 60, keys: 80, headDim: 16), scale: Float(scale), seed: 5)
    for algorithm in Algorithm.allCases {
      let result = try problem.run(algorithm, tiling: .blocks(16, 16), on: machine())
      #expect(problem.mistakes(in: result) == [], "\(algorithm)")
    }
  }

  @Test("gives the same bits with 1, 2 and 7 threads", arguments: Algorithm.allCases)
  func threads(algorithm: Algorithm) throws {
    let problem = try Problem(
      try AttentionShape(batch: 2, heads: 4, kvHeads: 2, queries: 90, headDim: 24), seed: 3)
    let results = try [1, 2, 7].map { threads in
      try problem.run(algorithm, tiling: .blocks(20, 30), on: machine(threads: threads))
    }
    for result in results.dropFirst() {
      #expect(result.output.values == results[0].output.values)
      #expect(result.logSumExp.values == results[0].logSumExp.values)
      #expect(result.execution == results[0].execution)
    }
  }

  @Test("keeps NaN and infinity to the rows that they are in", arguments: Algorithm.allCases)
  func specialValues(algorithm: Algorithm) throws {
    let shape = try AttentionShape(queries: 20, keys: 30, headDim: 8)
    let clean = try Problem(shape, seed: 4)
    var q = clean.query.values
    q[3 * 8] = .nan
    q[11 * 8 + 2] = .infinity
    let result = try scaledDotProductAttention(
      query: Tensor(shape: [1, 1, 20, 8], q), key: clean.key, value: clean.value,
      algorithm: algorithm, tiling: .blocks(7, 9), on: machine())
    let expected = try clean.run(algorithm, tiling: .blocks(7, 9), on: machine())
    for i in 0..<20 {
      let row = result.output.values[i * 8..<i * 8 + 8]
      if i == 3 || i == 11 {
        #expect(row.allSatisfy { $0.isNaN }, "row \(i)")
        #expect(result.logSumExp.values[i].isNaN)
      } else {
        #expect(row.elementsEqual(expected.output.values[i * 8..<i * 8 + 8]), "row \(i)")
      }
    }
  }

  @Test("of a row without finite scores is 0, its log-sum-exp −∞", arguments: Algorithm.allCases)
  func rowsWithoutWeights(algorithm: Algorithm) throws {
    // Scores are q·k with one feature: −∞ where the query is positive, and NaN nowhere.
    let q: [Float] = [1, -1, 2, -3, 1]
    let k = [Float](repeating: -.infinity, count: 6)
    let result = try scaledDotProductAttention(
      query: Tensor(shape: [1, 1, 5, 1], q), key: Tensor(shape: [1, 1, 6, 1], k),
      value: Tensor(normal: [1, 1, 6, 3], seed: 1), algorithm: algorithm, tiling: .blocks(2, 4),
      on: machine())
    for i in [0, 2, 4] {
      #expect(result.output.values[3 * i..<3 * i + 3].allSatisfy { $0 == 0 }, "row \(i)")
      #expect(result.logSumExp.values[i] == -.infinity)
    }
    for i in [1, 3] { #expect(result.output.values[3 * i].isNaN) }
  }
}
