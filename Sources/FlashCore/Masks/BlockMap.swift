/// Which blocks of S a mask leaves over.
struct BlockMap: Sendable {
  /// What a mask does to a block.
  enum State: UInt8 {
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
  /// Row by row; none where every block is whole.
  private let states: [State]
  /// How much of S is computed.
  let live: LiveBlocks

  /// The state of block (i, j).
  subscript(i: Int, j: Int) -> State {
    states.isEmpty ? .whole : states[i * columnCount + j]
  }

  /// Whether anything of block (i, j) is computed.
  func isLive(_ i: Int, _ j: Int) -> Bool { self[i, j] != .dead }

  /// The blocks of a mask and a pattern, for one sequence of the batch.
  ///
  /// - Complexity: O(N_q + T_r · T_c); O(1) without either.
  init(_ options: AttentionOptions, batch: Int, _ blocks: Blocks, _ shape: AttentionShape) {
    rowCount = ceilingQuotient(shape.queries, blocks.rows)
    columnCount = ceilingQuotient(shape.keys, blocks.columns)
    if options.leavesAll {
      states = []
      live = LiveBlocks(
        blocks: rowCount * columnCount, rows: columnCount * shape.queries,
        columns: rowCount * shape.keys, elements: shape.queries * shape.keys)
      return
    }
    let mask = options.mask
    let isLive = options.pattern.isLive(blocks, shape)
    var states: [State] = []
    states.reserveCapacity(rowCount * columnCount)
    var live = LiveBlocks()
    // How many rows of a row of blocks see something, and all, of each block: as differences, so that
    // a row costs no more than the ends of its ranges.
    for i in 0..<rowCount {
      let rows = i * blocks.rows..<min((i + 1) * blocks.rows, shape.queries)
      var seen = [Int](repeating: 0, count: columnCount + 1)
      var filled = seen
      for row in rows {
        let keys = mask.visibleKeys(query: row, batch: batch, shape)
        for part in [
          keys.range.lowerBound..<keys.gap.lowerBound, keys.gap.upperBound..<keys.range.upperBound,
        ] where !part.isEmpty {
          seen[part.lowerBound / blocks.columns] += 1
          seen[(part.upperBound - 1) / blocks.columns + 1] -= 1
          // The last block may be short: the last key fills it.
          let first = ceilingQuotient(part.lowerBound, blocks.columns)
          let end =
            part.upperBound == shape.keys ? columnCount : part.upperBound / blocks.columns
          if first < end {
            filled[first] += 1
            filled[end] -= 1
          }
        }
      }
      var seeing = 0
      var filling = 0
      for j in 0..<columnCount {
        seeing += seen[j]
        filling += filled[j]
        let isComputed = seeing > 0 && isLive(i, j)
        states.append(!isComputed ? .dead : filling == rows.count ? .whole : .partial)
        if isComputed {
          let columns = min(blocks.columns, shape.keys - j * blocks.columns)
          live =
            live
            + LiveBlocks(
              blocks: 1, rows: rows.count, columns: columns, elements: rows.count * columns)
        }
      }
    }
    self.states = states
    self.live = live
  }
}
