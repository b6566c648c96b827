import FlashCore
import Foundation

extension Problem {
  /// What is wrong with a result, in words: every element may be off by twice the greatest error of
  /// the definition in Float, and a few roundings of the greatest value or term.
  func mistakes(
    in result: AttentionResult, options: AttentionOptions = AttentionOptions(),
    sees: (_ batch: Int, _ query: Int, _ key: Int) -> Bool = { _, _, _ in true }
  ) -> [String] {
    let exact = Definition<Double>(
      self, options: options, sees: sees, exp: { exp($0) }, log: { log($0) }, tanh: { tanh($0) })
    let plain = Definition<Float>(
      self, options: options, sees: sees, exp: { expf($0) }, log: { logf($0) },
      tanh: { tanhf($0) })
    var mistakes = [
      Self.mistake("O", result.output.values, plain.output, exact.output),
      Self.mistake("LSE", result.logSumExp.values, plain.logSumExp, exact.logSumExp),
    ]
    if let gradients = result.gradients {
      mistakes += [
        Self.mistake(
          "dQ", gradients.query.values, plain.queryGradient, exact.queryGradient,
          term: exact.greatestTerm),
        Self.mistake(
          "dK", gradients.key.values, plain.keyGradient, exact.keyGradient,
          term: exact.greatestTerm),
        Self.mistake("dV", gradients.value.values, plain.valueGradient, exact.valueGradient),
      ]
    }
    return mistakes.compactMap(\.self)
  }

  private static func mistake(
    _ name: String, _ values: [Float], _ plain: [Float], _ exact: [Double],
    term: Double = 0
  ) -> String? {
    guard values.count == exact.count else { return "\(name) has \(values.count) elements" }
    func error(_ value: Float, _ exact: Double) -> Double {
      if Double(value) == exact { return 0 }
      let difference = abs(Double(value) - exact)
      return difference.isNaN ? .infinity : difference
    }
    let greatest = exact.reduce(term) { $1.isFinite ? max($0, abs($1)) : $0 }
    let allowed = 2 * zip(plain, exact).map { error($0, $1) }.max()! + 8 * greatest * 0x1p-24
    let worst = zip(values, exact).map { error($0, $1) }.max()!
    return worst <= allowed ? nil : "\(name) is off by \(worst), \(allowed) is allowed"
  }
}
