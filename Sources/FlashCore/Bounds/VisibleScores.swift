/// How much of S is visible, element by element: what a lower bound may count on.
///
/// Live blocks will not do: an algorithm that cut its blocks finer would compute less of S.
public struct VisibleScores: Sendable, Hashable {
  /// Pairs of a query and a key that it sees, Z; added up over batch and heads.
  public var pairs: Int
  /// Queries that see any key; added up over batch and heads.
  public var queries: Int
  /// Keys that any query sees; added up over batch and heads of keys.
  public var keys: Int

  /// All of S.
  public init(allOf shape: AttentionShape) {
    pairs = shape.matrices * shape.queries * shape.keys
    queries = shape.matrices * shape.queries
    keys = shape.kvMatrices * shape.keys
  }

  /// What mask and pattern leave over.
  ///
  /// - Complexity: O(1) where that is all of S; else O(N_q + T_r · T_c) for each sequence of the
  ///   batch that has a mask of its own, without the T_r · T_c where there is no pattern.
  init(_ options: AttentionOptions, _ blocks: Blocks, _ shape: AttentionShape) {
    self.init(allOf: shape)
    if options.leavesAll { return }
    (pairs, queries, keys) = (0, 0, 0)
    let masks = options.mask.dependsOnBatch ? shape.batch : 1
    for batch in 0..<masks { addHead(options, batch: batch, blocks, shape) }
    // All heads see the same.
    pairs *= shape.matrices / masks
    queries *= shape.matrices / masks
    keys *= shape.kvMatrices / masks
  }

  /// Adds what is visible of one head.
  private mutating func addHead(
    _ options: AttentionOptions, batch: Int, _ blocks: Blocks, _ shape: AttentionShape
  ) {
    let isLive = options.pattern == .full ? nil : options.pattern.isLive(blocks, shape)
    var seenByAny = RangeSet<Int>()
    // Without a pattern all queries are alike, and blocks do not matter.
    let rows = isLive == nil ? shape.queries : blocks.rows
    for i in 0..<ceilingQuotient(shape.queries, rows) {
      let live = isLive.map { isLive in
        LiveKeys(width: blocks.columns, count: shape.keys) { j in isLive(i, j) }
      }
      var beforeGaps = GrowingUnion()
      var afterGaps = GrowingUnion()
      for query in i * rows..<min((i + 1) * rows, shape.queries) {
        let visible = options.mask.visibleKeys(query: query, batch: batch, shape)
        let first = visible.range.lowerBound..<visible.gap.lowerBound
        let second = visible.gap.upperBound..<visible.range.upperBound
        beforeGaps.insert(first)
        afterGaps.insert(second)
        let count =
          live.map { $0.count(in: first) + $0.count(in: second) } ?? first.count + second.count
        pairs += count
        queries += count == 0 ? 0 : 1
      }
      let seen = beforeGaps.ranges.union(afterGaps.ranges)
      seenByAny.formUnion(live.map { seen.intersection($0.keys.ranges) } ?? seen)
    }
    keys += seenByAny.ranges.reduce(0) { $0 + $1.count }
  }
}

extension AttentionPlan {
  /// How much of S is visible.
  ///
  /// - Complexity: O(1) without mask and pattern, O(N_q) with a mask, O(N_q + T_r · T_c) with a
  ///   pattern.
  public var visibleScores: VisibleScores { VisibleScores(options, blocks, shape) }
}

/// The keys of the blocks that are live in one row of blocks.
private struct LiveKeys {
  /// The keys.
  private(set) var keys = GrowingUnion()
  private let width: Int
  /// For every block, and the end: the live keys before it, and whether it is live.
  private var blocks: [(before: Int, isLive: Bool)] = []

  init(width: Int, count: Int, isLive: (_ j: Int) -> Bool) {
    self.width = width
    let blockCount = ceilingQuotient(count, width)
    blocks.reserveCapacity(blockCount + 1)
    var before = 0
    for j in 0..<blockCount {
      let keys = j * width..<min((j + 1) * width, count)
      let lives = isLive(j)
      blocks.append((before, lives))
      if lives {
        before += keys.count
        self.keys.insert(keys)
      }
    }
    blocks.append((before, false))
  }

  /// How many of these keys are live.
  func count(in keys: Range<Int>) -> Int {
    count(before: keys.upperBound) - count(before: keys.lowerBound)
  }

  private func count(before key: Int) -> Int {
    let block = blocks[key / width]
    return block.before + (block.isLive ? key % width : 0)
  }
}

/// A union of ranges of which each mostly touches the one before: then it costs little to insert it.
private struct GrowingUnion {
  private var finished = RangeSet<Int>()
  private var growing = 0..<0

  /// The union.
  var ranges: RangeSet<Int> {
    var ranges = finished
    ranges.insert(contentsOf: growing)
    return ranges
  }

  mutating func insert(_ range: Range<Int>) {
    if range.isEmpty { return }
    if range.lowerBound <= growing.upperBound && growing.lowerBound <= range.upperBound {
      growing =
        min(growing.lowerBound, range.lowerBound)..<max(growing.upperBound, range.upperBound)
    } else {
      finished.insert(contentsOf: growing)
      growing = range
    }
  }
}
