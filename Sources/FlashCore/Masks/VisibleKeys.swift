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

/// The keys that consecutive queries see, of one packed sequence.
struct SharedKeys {
  /// Sinks that some of the queries see, and others that some see: both are ranges, and may overlap.
  var some: (sinks: Range<Int>, window: Range<Int>)
  /// Sinks that all of the queries see, and others.
  var all: (sinks: Range<Int>, window: Range<Int>)
}

extension Mask {
  /// Calls `body` with the keys that the queries of each packed sequence in a range see.
  ///
  /// From a query to the next, the window moves by one key: what some of them see of it is a range, and
  /// what all see too, given by the first query and the last.
  ///
  /// - Complexity: O(sequences that the queries are in).
  func forEachSequence(
    queries: Range<Int>, batch: Int, _ shape: AttentionShape, _ body: (SharedKeys) -> Void
  ) {
    guard let packing else {
      body(sharedKeys(queries, batch: batch, of: 0..<shape.queries, 0..<shape.keys))
      return
    }
    var s = packing.queries.dropLast().partitioningIndex { $0 > queries.lowerBound } - 1
    while s < packing.queries.count - 1 && packing.queries[s] < queries.upperBound {
      let sequence = packing.queries[s]..<packing.queries[s + 1]
      let part = queries.clamped(to: sequence)
      if !part.isEmpty {
        body(
          sharedKeys(part, batch: batch, of: sequence, packing.keys[s]..<packing.keys[s + 1]))
      }
      s += 1
    }
  }

  /// The keys that some queries of a packed sequence see; not of no queries.
  private func sharedKeys(
    _ part: Range<Int>, batch: Int, of queries: Range<Int>, _ keys: Range<Int>
  ) -> SharedKeys {
    let offset = causal == .topLeft ? 0 : keys.count - queries.count
    let shift = keys.lowerBound - queries.lowerBound + offset
    let own = (first: part.lowerBound + shift, last: part.upperBound - 1 + shift)
    var keys = keys
    if let lengths = keyLengths { keys = keys.clamped(to: 0..<lengths[batch]) }
    // Where the first query's keys end, and the last one's.
    let first = causal == nil ? keys : keys.clamped(to: .min..<max(own.first + 1, keys.lowerBound))
    let last = causal == nil ? keys : keys.clamped(to: .min..<max(own.last + 1, keys.lowerBound))
    let none = keys.lowerBound..<keys.lowerBound
    guard let window else { return SharedKeys(some: (none, last), all: (none, first)) }
    func range(_ lower: Int?, _ upper: Int?, in keys: Range<Int>) -> Range<Int> {
      let lower = lower ?? keys.lowerBound
      return (lower..<max(upper ?? keys.upperBound, lower)).clamped(to: keys)
    }
    func sunk(_ keys: Range<Int>) -> Range<Int> {
      keys.lowerBound..<min(keys.lowerBound + sinks, keys.upperBound)
    }
    return SharedKeys(
      some: (
        sunk(last),
        range(
          window.left.map { own.first - $0 }, window.right.map { own.last + $0 + 1 }, in: last)
      ),
      all: (
        sunk(first),
        range(
          window.left.map { own.last - $0 }, window.right.map { own.first + $0 + 1 }, in: first)
      ))
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
