import FlashCore
import Foundation
import HBMSim
import TestSupport
import Testing

/// Numbers that teaching implementations, or their tests, go wrong with.
@Suite("Attention of extreme numbers")
struct ExtremeValueTests {
  private let tiling = Tiling.blocks(5, 4)

  // MARK: NaN

  @Test(
    "does not hide NaN: every comparison of these tests finds it", arguments: Algorithm.allCases)
  func comparisons(algorithm: Algorithm) throws {
    let problem = try Problem(AttentionShape(queries: 14, headDim: 4), seed: 1)
    // One query is NaN: an output, a log-sum-exp and a gradient of a row, and all of dK and dV.
    let everything = try problem.with(query: problem.query.withNaN(at: 4 * 13)).run(
      algorithm, pass: .both, tiling: tiling, on: machine())
    #expect(
      problem.mistakes(in: everything).map { $0.prefix { $0 != " " } }
        == ["O", "LSE", "dQ", "dK", "dV"])
    // One number of a value that only the last query sees: one number of O.
    let one = try problem.with(value: problem.value.withNaN(at: 4 * 13 + 2)).run(
      algorithm, mask: .causal(), tiling: .blocks(1, 1), on: machine())
    #expect(one.output.row(13).map(\.isNaN) == [false, false, true, false])
    let mistakes = problem.mistakes(in: one) { _, i, j in j <= i }
    #expect(mistakes.count == 1 && mistakes[0].hasPrefix("O is off by inf"))
  }

  @Test("has a key's NaN in the rows that see it, and in no other", arguments: Algorithm.allCases)
  func keyOfNaN(algorithm: Algorithm) throws {
    let clean = try Problem(AttentionShape(queries: 14, headDim: 4), seed: 2)
    let problem = try clean.with(key: clean.key.withNaN(at: 4 * 6 + 1))
    for tiling in [Tiling.blocks(5, 4), .blocks(14, 14), .blocks(1, 1)] {
      let result = try problem.run(algorithm, mask: .causal(), tiling: tiling, on: machine())
      let expected = try clean.run(algorithm, mask: .causal(), tiling: tiling, on: machine())
      for i in 0..<14 {
        if i >= 6 {
          #expect(result.output.row(i).allSatisfy { $0.isNaN }, "\(tiling), row \(i)")
          #expect(result.logSumExp.values[i].isNaN)
        } else {
          #expect(result.output.row(i) == expected.output.row(i), "\(tiling), row \(i)")
          #expect(result.logSumExp.values[i] == expected.logSumExp.values[i])
        }
      }
    }
  }

  @Test("has a value's NaN in its column of the rows that see it", arguments: Algorithm.allCases)
  func valueOfNaN(algorithm: Algorithm) throws {
    let clean = try Problem(AttentionShape(queries: 14, headDim: 4), seed: 3)
    let problem = try clean.with(value: clean.value.withNaN(at: 4 * 6 + 1))
    for (Br, Bc) in [(1, 1), (5, 4), (14, 14)] {
      let tiling = Tiling.blocks(Br, Bc)
      let result = try problem.run(algorithm, mask: .causal(), tiling: tiling, on: machine())
      let expected = try clean.run(algorithm, mask: .causal(), tiling: tiling, on: machine())
      #expect(result.logSumExp.values == expected.logSumExp.values)
      for i in 0..<14 {
        // A row that does not see the value multiplies it by 0, which is NaN too, where the block
        // is computed for another's sake: never in blocks of 1 × 1, always in standard attention.
        let isComputed =
          algorithm == .standard || algorithm == .standardEager
          || i / Br * Br + Br > 6 / Bc * Bc
        #expect(!(i >= 6) || isComputed)
        for f in 0..<4 {
          let value = result.output.values[4 * i + f]
          if f == 1 && isComputed {
            #expect(value.isNaN, "\(tiling), row \(i)")
          } else {
            #expect(value == expected.output.values[4 * i + f], "\(tiling), row \(i)")
          }
        }
      }
    }
  }

  // MARK: Great scores

  @Test("is right for scores of ±10⁴, among them equal maxima", arguments: Algorithm.allCases)
  func greatScores(algorithm: Algorithm) throws {
    // With one feature, scores are ±k, exactly.
    let k: [Float] = [-1e4, 9999, 3, 1e4, -9998.5, 9998.5, 1e4, 0, -1e4, 1e4, 9999.25]
    let q = (0..<12).map { Float($0.isMultiple(of: 3) ? -1 : 1) }
    let problem = try Problem(
      AttentionShape(queries: 12, keys: 11, headDim: 1, valueDim: 3), scale: 1, seed: 4
    ).with(query: q, key: k)
    let result = try problem.run(algorithm, pass: .both, tiling: tiling, on: machine())
    try expectRight(result, of: algorithm, problem)
  }

  @Test("does not overflow where scores of random signs reach 10⁴", arguments: Algorithm.allCases)
  func randomGreatScores(algorithm: Algorithm) throws {
    let problem = try Problem(
      AttentionShape(queries: 30, keys: 40, headDim: 16), scale: 1000, seed: 5)
    let result = try problem.run(algorithm, pass: .both, tiling: tiling, on: machine())
    #expect(result.logSumExp.values.contains { $0 > 1e4 })
    for tensor in [result.output, result.gradients!.query, result.gradients!.key] {
      #expect(tensor.values.allSatisfy { $0.isFinite })
    }
    let mistakes = problem.mistakes(in: result)
    // FlashAttention-2's gradients are those of a rounded LSE, see below.
    #expect(mistakes.allSatisfy { Self.handsOnLSE(algorithm) && $0.hasPrefix("d") })
  }

  @Test("divides weights equally among equal scores", arguments: Algorithm.allCases)
  func equalScores(algorithm: Algorithm) throws {
    let shape = try AttentionShape(queries: 12, keys: 11, headDim: 1, valueDim: 3)
    for score: Float in [0, 2, -3.5] {
      let problem = try Problem(shape, scale: 1, seed: 6).with(
        query: Array(repeating: 1, count: 12), key: Array(repeating: score, count: 11))
      let result = try problem.run(
        algorithm, pass: .both, mask: .causal(), tiling: tiling, on: machine())
      #expect(problem.mistakes(in: result) { _, i, j in j <= i } == [], "\(score)")
    }
  }

  @Test("takes scores of −10³⁰ for scores, and not for a mask", arguments: Algorithm.allCases)
  func lowScores(algorithm: Algorithm) throws {
    let shape = try AttentionShape(queries: 12, headDim: 1, valueDim: 3)
    let problem = try Problem(shape, scale: 1, seed: 7).with(
      query: Array(repeating: 1, count: 12), key: Array(repeating: -1e30, count: 12))
    let result = try problem.run(
      algorithm, pass: .both, mask: .causal(), tiling: tiling, on: machine())
    try expectRight(result, of: algorithm, problem) { _, i, j in j <= i }
  }

  /// Whether a row's log-sum-exp is all that the backward pass has of its softmax.
  private static func handsOnLSE(_ algorithm: Algorithm) -> Bool {
    algorithm == .flash2 || algorithm == .splitKV
  }

  /// Expects what the definition says of a problem whose scores are products of two numbers, exact.
  ///
  /// FlashAttention-2 hands one number a row to its backward pass, m + log ℓ. Where scores are
  /// great, log ℓ is rounded away in it, in part or, at 10³⁰, altogether: weights are exp(S − LSE)
  /// all the same, and no softmax. That is the algorithm's, and not a mistake of its program.
  /// Flash-decoding weighs chunks of keys by such numbers too: O is an average of values all the same,
  /// but another one.
  private func expectRight(
    _ result: AttentionResult, of algorithm: Algorithm, _ problem: Problem,
    sees: (_ batch: Int, _ query: Int, _ key: Int) -> Bool = { _, _, _ in true }
  ) throws {
    let mistakes = problem.mistakes(in: result, sees: sees)
    if !Self.handsOnLSE(algorithm) {
      #expect(mistakes == [])
      return
    }
    let shape = problem.shape
    if algorithm == .splitKV {
      #expect(mistakes.allSatisfy { $0.hasPrefix("d") || $0.hasPrefix("O ") })
      for f in 0..<shape.valueDim {
        let column = stride(from: f, to: problem.value.values.count, by: shape.valueDim)
        let values = column.map { problem.value.values[$0] }
        for i in 0..<shape.queries {
          let output = result.output.row(i).dropFirst(f).first!
          #expect((values.min()! - 1e-6...values.max()! + 1e-6).contains(output))
        }
      }
    } else {
      #expect(mistakes.allSatisfy { $0.hasPrefix("d") })
    }
    let Q = problem.query.values.map(Double.init)
    let K = problem.key.values.map(Double.init)
    let LSE = result.logSumExp.values.map(Double.init)
    let P = Matrix(rows: shape.queries, columns: shape.keys) { i, j in
      sees(0, i, j) ? exp(Q[i] * K[j] - LSE[i]) : 0
    }
    let dO = Matrix(
      rows: shape.queries, columns: shape.valueDim, problem.outputGradient.values)
    // An exponential good to 2 ulp, of an exponent that is rounded and at most 88; and a product.
    let bound = gamma(4 + 88 + shape.queries) * (P.transposed * dO.magnitudes)
    let excess = excess(
      result.gradients!.value.values, over: P.transposed * dO, bound: bound)
    #expect(excess == nil)
    #expect(result.gradients!.query.values.allSatisfy { $0.isFinite })
    #expect(result.gradients!.key.values.allSatisfy { $0.isFinite })
  }
}

extension Problem {
  /// The same with other numbers.
  fileprivate func with(
    query: [Float]? = nil, key: [Float]? = nil, value: [Float]? = nil
  ) throws -> Problem {
    try Problem(replacing: self, query: query, key: key, value: value)
  }

  private init(
    replacing other: Problem, query: [Float]?, key: [Float]?, value: [Float]?
  ) throws {
    shape = other.shape
    scale = other.scale
    precision = other.precision
    outputGradient = other.outputGradient
    self.query = try query.map { try Tensor(shape: other.query.shape, $0) } ?? other.query
    self.key = try key.map { try Tensor(shape: other.key.shape, $0) } ?? other.key
    self.value = try value.map { try Tensor(shape: other.value.shape, $0) } ?? other.value
  }
}

extension Tensor {
  /// The numbers, one of them NaN.
  fileprivate func withNaN(at index: Int) -> [Float] {
    var values = values
    values[index] = .nan
    return values
  }
}
