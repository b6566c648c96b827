import FlashCore
import Foundation
import HBMSim
import TestSupport

extension Problem {
  /// What is wrong with a result, in words: every element may be off by twice the greatest error of
  /// the definition in Float, with matrices rounded to the same types; by a few roundings of the
  /// greatest value or term; and, where it is added up in HBM, by a rounding of it a block.
  ///
  /// - Parameters:
  ///   - result: What is judged.
  ///   - options: What attention does beside softmax(τ·QKᵀ)V.
  ///   - sums: How many blocks are added up in HBM: of keys.
  ///   - algorithm: Eager standard attention rounds every operation's result. Standard attention's
  ///     log-sum-exps, run eagerly or not, are made of S and P as they lie in HBM: of a j
  ///     with S ≤ LSE ≤ S + log N. Square tiling makes dV of S as it lies there, and does not round P,
  ///     whose rounding makes good for that of S in the definition, or not.
  ///   - scores: The mask and the bias, where they are tensors.
  ///   - sees: Who sees whom.
  func mistakes(
    in result: AttentionResult, options: AttentionOptions = AttentionOptions(), sums: Int = 0,
    of algorithm: Algorithm = .flash2, scores: ScoreOperands = ScoreOperands(),
    sees: (_ batch: Int, _ query: Int, _ key: Int) -> Bool = { _, _, _ in true }
  ) -> [String] {
    let exact = Definition<Double>(
      self, options: options, sees: sees, scores: scores, exp: { exp($0) }, log: { log($0) },
      tanh: { tanh($0) })
    let plain = Definition<Float>(
      self, options: options, sees: sees, scores: scores, exp: { expf($0) }, log: { logf($0) },
      tanh: { tanhf($0) }, rounded: precision.elementType.rounded,
      isEager: algorithm == .standardEager)
    // f32 has room for the roundings of its blocks in those of its products.
    let rounding = precision.accumulatorType == .f32 ? 0 : precision.elementType.roundingError
    let summing = Double(sums) * rounding
    let hasScores = algorithm == .standard || algorithm == .standardEager
    // D = rowsum(dO ∘ O) has the rounding of O in it.
    let output = precision.elementType == .f32 ? 0 : precision.elementType.roundingError
    var mistakes = [
      Self.mistake("O", result.output.values, plain.output, exact.output, summing: summing),
      Self.mistake(
        "LSE", result.logSumExp.values, plain.logSumExp, exact.logSumExp,
        term: hasScores ? 1 + log(Double(shape.keys)) : 0,
        summing: hasScores ? 2 * precision.elementType.roundingError : 0),
    ]
    if let gradients = result.gradients {
      mistakes += [
        Self.mistake(
          "dQ", gradients.query.values, plain.queryGradient, exact.queryGradient,
          term: exact.greatestTerm, summing: summing + output),
        Self.mistake(
          "dK", gradients.key.values, plain.keyGradient, exact.keyGradient,
          term: exact.greatestTerm, summing: output),
        Self.mistake(
          "dV", gradients.value.values, plain.valueGradient, exact.valueGradient,
          summing: algorithm == .squareTiling ? output : 0),
      ]
    }
    return mistakes.compactMap(\.self)
  }

  /// What is wrong with weights, in words, by the same measure.
  func mistakes(
    inProbabilities values: [Float], options: AttentionOptions = AttentionOptions(),
    scores: ScoreOperands = ScoreOperands(),
    sees: (_ batch: Int, _ query: Int, _ key: Int) -> Bool = { _, _, _ in true }
  ) -> [String] {
    let exact = Definition<Double>(
      self, options: options, sees: sees, scores: scores, exp: { exp($0) }, log: { log($0) },
      tanh: { tanh($0) })
    let plain = Definition<Float>(
      self, options: options, sees: sees, scores: scores, exp: { expf($0) }, log: { logf($0) },
      tanh: { tanhf($0) }, rounded: precision.elementType.rounded)
    let mistake = Self.mistake("P", values, plain.probabilities, exact.probabilities)
    return [mistake].compactMap(\.self)
  }

  private static func mistake(
    _ name: String, _ values: [Float], _ plain: [Float], _ exact: [Double],
    term: Double = 0, summing: Double = 0
  ) -> String? {
    guard values.count == exact.count else { return "\(name) has \(values.count) elements" }
    func error(_ value: Float, _ exact: Double) -> Double {
      if Double(value) == exact { return 0 }
      let difference = abs(Double(value) - exact)
      return difference.isNaN ? .infinity : difference
    }
    let greatest = exact.reduce(term) { $1.isFinite ? max($0, abs($1)) : $0 }
    let allowed =
      2 * zip(plain, exact).map { error($0, $1) }.max()! + greatest * (8 * 0x1p-24 + summing)
    guard allowed.isFinite else { return "\(name) has no bound: its definition is not finite" }
    let worst = zip(values, exact).map { error($0, $1) }.max()!
    return worst <= allowed ? nil : "\(name) is off by \(worst), \(allowed) is allowed"
  }
}
