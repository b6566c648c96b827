import NaiveAttention

/// Which keys a query sees.
enum Visibility: CaseIterable {
  case all
  case causal
  case window
  case sinksAndWindow
  case paddedBatches
  case everyThirdRow
  case nothing

  /// The ranges of visible keys of a row of a batch.
  func ranges(_ shape: AttentionShape, batch: Int, query: Int) -> [Range<Int>] {
    let keys = shape.keys
    let window = clamped(query - 2, query + 2, to: keys)
    switch self {
    case .all: return [0..<keys]
    case .causal: return [clamped(0, query + 1, to: keys)]
    case .window: return [window]
    case .sinksAndWindow:
      return [0..<min(2, window.lowerBound), max(2, window.lowerBound)..<max(2, window.upperBound)]
        .map { $0.clamped(to: 0..<keys) }
    case .paddedBatches: return [clamped(0, keys - 9 * batch, to: keys)]
    case .everyThirdRow: return query % 3 == 0 ? [0..<keys] : []
    case .nothing: return []
    }
  }

  /// What to give `ScoreRules`.
  func closure(_ shape: AttentionShape) -> (@Sendable (Int, Int) -> [Range<Int>])? {
    guard self != .all else { return nil }
    return { batch, query in ranges(shape, batch: batch, query: query) }
  }

  private func clamped(_ lower: Int, _ upper: Int, to count: Int) -> Range<Int> {
    (min(max(lower, 0), count))..<(min(max(upper, 0), count))
  }
}
