/// The blocks that a mask leaves over, for every sequence of the batch.
struct BlockMaps: Sendable {
  /// One, or one a sequence where they differ.
  private let maps: [BlockMap]
  private let batch: Int

  init(_ options: AttentionOptions, _ blocks: Blocks, _ shape: AttentionShape) {
    batch = shape.batch
    maps = (0..<(options.mask.dependsOnBatch ? shape.batch : 1)).map {
      BlockMap(options, batch: $0, blocks, shape)
    }
  }

  /// The blocks of a sequence.
  subscript(batch: Int) -> BlockMap { maps.count == 1 ? maps[0] : maps[batch] }

  /// What is computed, added up over the batch, of one head.
  var live: LiveBlocks {
    let sum = maps.reduce(LiveBlocks()) { $0 + $1.live }
    return maps.count == 1 ? sum * batch : sum
  }
}

/// How much of S is computed.
struct LiveBlocks: Sendable, Equatable {
  /// Blocks.
  var blocks = 0
  /// Rows, once for every block that they are in.
  var rows = 0
  /// Columns, once for every block that they are in.
  var columns = 0
  /// Elements.
  var elements = 0

  static func + (a: LiveBlocks, b: LiveBlocks) -> LiveBlocks {
    LiveBlocks(
      blocks: a.blocks + b.blocks, rows: a.rows + b.rows, columns: a.columns + b.columns,
      elements: a.elements + b.elements)
  }

  static func * (a: LiveBlocks, count: Int) -> LiveBlocks {
    LiveBlocks(
      blocks: a.blocks * count, rows: a.rows * count, columns: a.columns * count,
      elements: a.elements * count)
  }
}
