import Foundation
import NaiveAttention
import Testing

/// What becomes of scores and weights, one at a time.
struct Rules {
  var visibility = Visibility.all
  var softcap: Double?
  var bias = Bias.none
  var drops = false

  /// Terms of scores.
  enum Bias: CaseIterable {
    case none
    case distances
    case additive
    case mask
    case all
  }

  /// Nothing but visible keys.
  static func seeing(_ visibility: Visibility) -> Rules { Rules(visibility: visibility) }

  /// All at once.
  static let together = Rules(visibility: .sinksAndWindow, softcap: 1.5, bias: .all, drops: true)

  /// Each rule alone, and all at once.
  static let cases =
    [.seeing(.causal), Rules(softcap: 1.5), Rules(drops: true), .together]
    + Bias.allCases.map { Rules(bias: $0) }

  /// The number of a row and a key that is added to their score.
  func term(batch: Int, head: Int, query: Int, key: Int) -> Double {
    let distance = -Double(abs(query - key)) / Double(head + 2)
    let additive = 4 * uniform(1, batch, head, query, key) - 2
    // Every fifth row is ruled out wholly.
    let ruledOut = query % 5 == 3 || uniform(2, batch, head, query, key) < 0.3
    let mask = ruledOut ? -Double.infinity : 0
    return switch bias {
    case .none: 0
    case .distances: distance
    case .additive: additive
    case .mask: mask
    case .all: distance + additive + mask
    }
  }

  /// The factor of a weight: 0, or 4/3 of three in four.
  func factor(batch: Int, head: Int, query: Int, key: Int) -> Double {
    guard drops else { return 1 }
    return uniform(3, batch, head, query, key) < 0.25 ? 0 : 4 / 3
  }

  /// c·tanh(s/c), and its slope.
  func capped(_ score: Double) -> (score: Double, slope: Double) {
    guard let softcap else { return (score, 1) }
    let tangent = tanh(score / softcap)
    return (softcap * tangent, 1 - tangent * tangent)
  }

  /// What to give the references; closures only for what there is.
  func scoreRules(_ shape: AttentionShape) -> ScoreRules {
    let add: ScoreRules.RowChange = { batch, head, query, scores in
      for key in scores.indices {
        scores[key] += term(batch: batch, head: head, query: query, key: key)
      }
    }
    let drop: ScoreRules.RowChange = { batch, head, query, factors in
      for key in factors.indices {
        factors[key] *= factor(batch: batch, head: head, query: query, key: key)
      }
    }
    return ScoreRules(
      visibleKeys: visibility.closure(shape), softcap: softcap, bias: bias == .none ? nil : add,
      dropout: drops ? drop : nil)
  }

  /// The greatest finite |term|.
  func greatestTerm(_ shape: AttentionShape) -> Double {
    switch bias {
    case .none, .mask: 0
    case .additive: 2
    case .distances: Double(max(shape.queries, shape.keys)) / 2
    case .all: Double(max(shape.queries, shape.keys)) / 2 + 2
    }
  }

  /// The greatest factor.
  var greatestFactor: Double { drops ? 4 / 3 : 1 }

  /// A number from 0 to 1 that is always the same.
  private func uniform(_ stream: Int, _ batch: Int, _ head: Int, _ query: Int, _ key: Int) -> Double
  {
    var generator = SplitMix64(
      state: UInt64((((stream * 8 + batch) * 64 + head) * 1024 + query) * 4096 + key))
    return Double(generator.next() >> 11) * 0x1p-53
  }
}

extension Rules: CustomTestStringConvertible {
  var testDescription: String {
    "keys: \(visibility), soft cap: \(softcap.map { "\($0)" } ?? "none"), bias: \(bias), "
      + "dropout: \(drops)"
  }
}
