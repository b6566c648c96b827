#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The steps from a row of τ·QKᵀ to its weights, which both references take.
struct ScoreRow {
  private let rules: ScoreRules
  private let batch: Int
  private let head: Int
  private let query: Int

  /// The keys that the row sees.
  let visible: [Range<Int>]

  /// The row of a query of a head, of those of all batches.
  init(_ query: Int, head: Int, shape: AttentionShape, rules: ScoreRules) {
    self.rules = rules
    (batch, self.head) = head.quotientAndRemainder(dividingBy: shape.heads)
    self.query = query
    visible = rules.visibleKeys?(batch, query) ?? [0..<shape.keys]
    var end = 0
    for range in visible {
      precondition(range.lowerBound >= end, "Ranges of visible keys that overlap or descend")
      end = range.upperBound
    }
    precondition(end <= shape.keys, "Visible keys beyond the keys")
  }

  /// T = c·tanh(τ·QKᵀ / c), of the keys that the row sees.
  func cap(_ scores: inout MutableSpan<Double>) {
    guard let softcap = rules.softcap else { return }
    for range in visible {
      for j in range { scores[j] = softcap * tanh(scores[j] / softcap) }
    }
  }

  /// S = T + B, P = softmax(S), 0 where not visible.
  ///
  /// - Returns: The log-sum-exp of S.
  func weigh(_ scores: inout MutableSpan<Double>) -> Double {
    rules.bias?(batch, head, query, &scores)
    return softmax(&scores)
  }

  /// Stores the factors Z of the weights.
  func storeFactors(in factors: inout MutableSpan<Double>) {
    factors.update(repeating: 1)
    rules.dropout?(batch, head, query, &factors)
  }

  /// Replaces the scores by their softmax over the keys that the row sees, 0 elsewhere.
  ///
  /// Where all these scores are −∞ the weights are 0.
  ///
  /// - Returns: The log-sum-exp of these scores.
  private func softmax(_ scores: inout MutableSpan<Double>) -> Double {
    var maximum = -Double.infinity
    for range in visible {
      for j in range {
        let score = scores[j]
        if score > maximum || score.isNaN { maximum = score }
      }
    }
    guard maximum != -.infinity else {
      scores.update(repeating: 0)
      return maximum
    }
    var sum = 0.0
    var end = 0
    for range in visible {
      for j in end..<range.lowerBound { scores[j] = 0 }
      for j in range {
        let weight = exp(scores[j] - maximum)
        scores[j] = weight
        sum += weight
      }
      end = range.upperBound
    }
    for j in end..<scores.count { scores[j] = 0 }
    for range in visible {
      for j in range { scores[j] /= sum }
    }
    return maximum + log(sum)
  }
}
