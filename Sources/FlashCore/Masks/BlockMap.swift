/// Which blocks of S a mask and a pattern leave over, for one sequence of the batch.
struct BlockMap: Sendable {
  /// What they do to a block.
  enum State {
    /// All of it is ruled out: it is neither loaded nor computed.
    case dead
    /// Some of it is ruled out.
    case partial
    /// Nothing of it is ruled out: it is not masked element by element.
    case whole
  }

  /// Blocks of queries, T_r.
  let rowCount: Int
  /// Blocks of keys, T_c.
  let columnCount: Int
  /// The blocks of each row that the mask leaves over, in ascending order; nil without a mask.
  private let seen: RowRanges?
  /// The blocks of each row that it leaves over wholly.
  private let filled: RowRanges?
  /// The pattern, row by row; nil without one.
  private let pattern: [Bool]?
  /// How much of S is computed.
  let live: LiveBlocks

  /// The state of block (i, j).
  subscript(i: Int, j: Int) -> State {
    if !isLive(i, j) { return .dead }
    return filled?.contains(row: i, j) ?? true ? .whole : .partial
  }

  /// Whether anything of block (i, j) is computed.
  func isLive(_ i: Int, _ j: Int) -> Bool {
    if let pattern, !pattern[i * columnCount + j] { return false }
    return seen?.contains(row: i, j) ?? true
  }

  /// The blocks of a mask and a pattern.
  ///
  /// - Complexity: O(T_r) for a mask, and as many packed sequences; O(T_r · T_c) for a pattern; O(1)
  ///   without either.
  init(_ options: AttentionOptions, batch: Int, _ blocks: Blocks, _ shape: AttentionShape) {
    let rowCount = ceilingQuotient(shape.queries, blocks.rows)
    let columnCount = ceilingQuotient(shape.keys, blocks.columns)
    self.rowCount = rowCount
    self.columnCount = columnCount
    if options.leavesAll {
      (seen, filled, pattern) = (nil, nil, nil)
      live = LiveBlocks(
        blocks: rowCount * columnCount, rows: columnCount * shape.queries,
        columns: rowCount * shape.keys, elements: shape.queries * shape.keys)
      return
    }
    if options.pattern == .full {
      pattern = nil
    } else {
      let isLive = options.pattern.isLive(blocks, shape)
      pattern = (0..<rowCount * columnCount).map { isLive($0 / columnCount, $0 % columnCount) }
    }
    var seen = RowRanges()
    var filled = RowRanges()
    var live = LiveBlocks()
    for i in 0..<rowCount {
      let rows = i * blocks.rows..<min((i + 1) * blocks.rows, shape.queries)
      options.mask.addBlocks(of: rows, batch: batch, blocks, shape, to: &seen, &filled)
      for range in seen.lastRow {
        if let pattern {
          for j in range where pattern[i * columnCount + j] {
            live.add(columns: j..<j + 1, rows: rows.count, blocks, shape)
          }
        } else {
          live.add(columns: range, rows: rows.count, blocks, shape)
        }
      }
      seen.endRow()
      filled.endRow()
    }
    self.seen = options.mask == .none ? nil : seen
    self.filled = options.mask == .none ? nil : filled
    self.live = live
  }
}

extension Mask {
  /// Adds the blocks of keys that some of the queries see, and those that all see wholly, to rows.
  fileprivate func addBlocks(
    of queries: Range<Int>, batch: Int, _ blocks: Blocks, _ shape: AttentionShape,
    to seen: inout RowRanges, _ filled: inout RowRanges
  ) {
    var sequences = 0
    forEachSequence(queries: queries, batch: batch, shape) { keys in
      sequences += 1
      for range in [keys.some.sinks, keys.some.window] where !range.isEmpty {
        seen.add(
          range.lowerBound / blocks.columns..<ceilingQuotient(range.upperBound, blocks.columns))
      }
      // Sinks that touch the window fill blocks with it.
      let (sinks, window) = keys.all
      let areJoined = sinks.upperBound >= window.lowerBound && !window.isEmpty
      let joined =
        min(sinks.lowerBound, window.lowerBound)..<max(sinks.upperBound, window.upperBound)
      for range in areJoined ? [joined] : [sinks, window] where !range.isEmpty {
        // The last block may be short: the last key fills it.
        let end =
          range.upperBound == shape.keys
          ? ceilingQuotient(shape.keys, blocks.columns) : range.upperBound / blocks.columns
        let first = ceilingQuotient(range.lowerBound, blocks.columns)
        if first < end { filled.add(first..<end) }
      }
    }
    // Queries of several sequences see no key together.
    if sequences > 1 { filled.clearRow() }
  }
}

/// Ranges in ascending order, for each of several rows.
private struct RowRanges: Sendable {
  private var ranges: [Range<Int>] = []
  /// Where the ranges of each row end.
  private var ends: [Int] = []

  private var lastStart: Int { ends.last ?? 0 }

  /// The ranges of the row that has not ended.
  var lastRow: ArraySlice<Range<Int>> { ranges[lastStart...] }

  /// Adds a range that begins no earlier than the last, and joins them if they touch.
  mutating func add(_ range: Range<Int>) {
    if ranges.count > lastStart, let last = ranges.last, range.lowerBound <= last.upperBound {
      ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
    } else {
      ranges.append(range)
    }
  }

  /// Forgets the ranges of the row that has not ended.
  mutating func clearRow() { ranges.removeSubrange(lastStart...) }

  /// The next range is of the next row.
  mutating func endRow() { ends.append(ranges.count) }

  /// Whether a range of a row contains a number.
  func contains(row: Int, _ number: Int) -> Bool {
    ranges[(row == 0 ? 0 : ends[row - 1])..<ends[row]].contains { $0.contains(number) }
  }
}

extension LiveBlocks {
  /// Adds consecutive blocks of a row of blocks.
  fileprivate mutating func add(
    columns: Range<Int>, rows: Int, _ blocks: Blocks, _ shape: AttentionShape
  ) {
    let keys =
      min(columns.upperBound * blocks.columns, shape.keys) - columns.lowerBound * blocks.columns
    self =
      self
      + LiveBlocks(
        blocks: columns.count, rows: columns.count * rows, columns: keys, elements: rows * keys)
  }
}
