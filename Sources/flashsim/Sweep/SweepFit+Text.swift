internal import FlashCore
internal import Foundation

extension SweepFit {
  /// The law in a line: `flash1 forward: HBM accesses ∝ N^2.00 d^1.99 M^−1.00 (R² 0.9999)`.
  var line: String {
    let powers = zip(factors, law.exponents).compactMap { factor, exponent in
      exponent.map { "\(factor.symbol)^\(Self.decimal($0, digits: 2))" }
    }
    let unknown = law.inseparable.map { set in
      let symbols = set.map { factors[$0].symbol }
      return symbols.count == 1
        ? "\(symbols[0]) does not vary"
        : "\(symbols.joined(separator: ", ")) vary together and cannot be told apart"
    }
    var line = "\(algorithm) \(pass.rawValue): "
    if !powers.isEmpty {
      let quality = law.rSquared.map { " (R² \(Self.decimal($0, digits: 4)))" } ?? ""
      line += "HBM accesses ∝ " + powers.joined(separator: " ") + quality
      if !unknown.isEmpty { line += "; " }
    }
    return line + unknown.joined(separator: "; ")
  }

  /// A number with so many digits after the point; no zero is negative.
  private static func decimal(_ number: Double, digits: Int) -> String {
    let text = String(format: "%.\(digits)f", number)
    guard text.hasPrefix("-") else { return text }
    let magnitude = text.dropFirst()
    return magnitude.allSatisfy { "0.".contains($0) } ? String(magnitude) : "−" + magnitude
  }
}
