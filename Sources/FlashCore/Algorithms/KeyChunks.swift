/// The blocks of keys, cut into chunks that are worked on in parallel.
struct KeyChunks {
  /// Blocks of keys, T_c.
  let blockCount: Int
  /// Blocks of a chunk, c; the last has what is left.
  let size: Int
  /// How many chunks, ⌈T_c/c⌉: no more than were asked for.
  let count: Int

  /// The chunks of a problem: as many as asked for, or as Flash-decoding takes.
  init(_ blocks: Blocks, _ request: AttentionRequest) {
    let shape = request.shape
    let launches = shape.kvMatrices * ceilingQuotient(shape.queries, blocks.rows)
    let blockCount = ceilingQuotient(shape.keys, blocks.columns)
    self.init(
      blockCount: blockCount,
      splits: request.splits
        ?? Self.suitableSplits(launches: launches, blockCount: blockCount))
  }

  /// At most `splits` chunks of T_c blocks, c = ⌈T_c/splits⌉ each.
  init(blockCount: Int, splits: Int) {
    self.blockCount = blockCount
    size = ceilingQuotient(blockCount, min(splits, blockCount))
    count = ceilingQuotient(blockCount, size)
  }

  /// The blocks of chunk `s`.
  subscript(s: Int) -> Range<Int> { s * size..<min((s + 1) * size, blockCount) }

  /// Streaming multiprocessors of an A100, each of which takes two programs: the device that counts are
  /// of, whatever the host has.
  private static let multiprocessors = 108

  /// The number of splits that Flash-decoding takes: `num_splits_heuristic` of FlashAttention 2.8.3.
  ///
  /// One where the launches fill 0.8 of the device. Else the smallest with 0.85 of the best efficiency,
  /// which is the part of the device that is busy, on average, until the last wave of launches is over.
  /// A number that leaves chunks as long as one less does is passed over.
  static func suitableSplits(launches: Int, blockCount: Int) -> Int {
    let places = 2 * multiprocessors
    if 10 * launches >= 8 * places { return 1 }
    let candidates = (1...min(128, places, blockCount)).filter { splits in
      splits == 1
        || ceilingQuotient(blockCount, splits) != ceilingQuotient(blockCount, splits - 1)
    }
    func efficiency(_ splits: Int) -> Double {
      let waves = Double(launches * splits) / Double(places)
      return waves / waves.rounded(.up)
    }
    let best = candidates.map(efficiency).max() ?? 1
    return candidates.first { efficiency($0) >= 0.85 * best } ?? 1
  }
}
