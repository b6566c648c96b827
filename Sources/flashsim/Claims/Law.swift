// Names as in the paper: N, d, M.

internal import FlashCore
internal import HBMSim

/// The power law of what an algorithm moves, over N, d and M where the asymptote is near.
struct Law {
  private let law: PowerLaw
  private let pointCount: Int

  /// Fits the closed forms at 36 points: N from 2¹⁸ to 2²⁰, d from 512 to 2048 and M from 2²¹ to 2²⁴
  /// elements of 4 bytes, with the blocks that fit. What is moved once, in phase `initialize`, is left
  /// out, as in `flashsim sweep`.
  init(_ algorithm: Algorithm, _ pass: Pass) throws {
    var points: [SweepPoint] = []
    for N in [1 << 18, 1 << 19, 1 << 20] {
      for d in [512, 1024, 2048] {
        for mebibytes in [8, 16, 32, 64] {
          var configuration = RunConfiguration()
          configuration.algorithm = algorithm
          configuration.pass = pass
          configuration.queries = N
          configuration.headDim = d
          configuration.sram = .kibibytes(1024 * mebibytes)
          points.append(SweepPoint(configuration: configuration))
        }
      }
    }
    let records = try SweepMode.closedForm.records(of: points)
    law = PowerLaw(
      factors: [SweepFactor.tokens, .headDim, .sram].map { factor in
        records.compactMap(factor.found)
      },
      values: records.map { Double(FittedAccesses.main.elements($0)) })
    pointCount = records.count
  }

  /// The exponents, and what they have to be, to 0.05: the law is an asymptote.
  func evidence(tokens: Double, headDim: Double, sram: Double) -> [Evidence] {
    zip(["N", "d", "M"], zip(law.exponents, [tokens, headDim, sram])).map { name, exponents in
      .within(
        "exponent of \(name) in what moves, fitted to \(pointCount) points",
        exponents.0 ?? .nan, exponents.1 - 0.05...exponents.1 + 0.05)
    }
  }
}
