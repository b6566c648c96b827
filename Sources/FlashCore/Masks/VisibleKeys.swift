/// The keys that one query sees: a range, less a gap in it.
struct VisibleKeys: Equatable {
  /// From the first to the last.
  var range: Range<Int>
  /// What is not seen within: between the sinks and the window.
  var gap: Range<Int>

  /// Whether key `j` is seen.
  func contains(_ j: Int) -> Bool { range.contains(j) && !gap.contains(j) }
}

extension Mask {
  /// The keys that a query sees, in ascending order.
  ///
  /// - Parameters:
  ///   - query: The query's row.
  ///   - batch: Which sequence of the batch it is in.
  ///   - shape: The sizes; the mask goes with them.
  public func visibleKeys(query: Int, batch: Int, in shape: AttentionShape) -> [Range<Int>] {
    let keys = visibleKeys(query: query, batch: batch, shape)
    return [
      keys.range.lowerBound..<keys.gap.lowerBound, keys.gap.upperBound..<keys.range.upperBound,
    ].filter { !$0.isEmpty }
  }

  /// The key that a query stands at: the diagonal of causal masks, windows and distances. May be before
  /// the first or after the last.
  func ownKey(ofQuery i: Int, _ shape: AttentionShape) -> Int {
    place(ofQuery: i, shape).own
  }

  /// The keys of the packed sequence that query `i` is in, and its own key.
  private func place(ofQuery i: Int, _ shape: AttentionShape) -> (keys: Range<Int>, own: Int) {
    var queries = 0..<shape.queries
    var keys = 0..<shape.keys
    if let packing {
      // The last sequence that begins at or before i; empty ones before it have the same beginning.
      let s = packing.queries.dropLast().partitioningIndex { $0 > i } - 1
      queries = packing.queries[s]..<packing.queries[s + 1]
      keys = packing.keys[s]..<packing.keys[s + 1]
    }
    let offset = causal == .topLeft ? 0 : keys.count - queries.count
    return (keys, keys.lowerBound + i - queries.lowerBound + offset)
  }

  /// The keys that query `i` of sequence `batch` sees.
  func visibleKeys(query i: Int, batch: Int, _ shape: AttentionShape) -> VisibleKeys {
    var (keys, own) = place(ofQuery: i, shape)
    if let lengths = keyLengths { keys = keys.clamped(to: 0..<lengths[batch]) }
    if causal != nil { keys = keys.clamped(to: keys.lowerBound..<max(own + 1, keys.lowerBound)) }

    guard let window else {
      return VisibleKeys(range: keys, gap: keys.upperBound..<keys.upperBound)
    }
    let first = window.left.map { own - $0 } ?? keys.lowerBound
    let end = window.right.map { own + $0 + 1 } ?? keys.upperBound
    let seen = (min(first, end)..<end).clamped(to: keys)
    let sunk = keys.lowerBound..<min(keys.lowerBound + sinks, keys.upperBound)
    if sunk.isEmpty { return VisibleKeys(range: seen, gap: seen.upperBound..<seen.upperBound) }
    if seen.isEmpty { return VisibleKeys(range: sunk, gap: sunk.upperBound..<sunk.upperBound) }
    return VisibleKeys(
      range: keys.lowerBound..<max(seen.upperBound, sunk.upperBound),
      gap: min(sunk.upperBound, seen.lowerBound)..<seen.lowerBound)
  }
}

extension RandomAccessCollection {
  /// The first index whose element has the property, where all that follow have it too; the end
  /// where none has.
  fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Index {
    var low = startIndex
    var count = self.count
    while count > 0 {
      let half = count / 2
      let middle = index(low, offsetBy: half)
      if holds(self[middle]) {
        count = half
      } else {
        low = index(after: middle)
        count -= half + 1
      }
    }
    return low
  }
}
