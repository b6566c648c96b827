// Names as in the paper: M, d, Br, Bc.

internal import HBMSim

/// How block sizes are chosen.
public enum Tiling: Sendable, Hashable {
  /// The largest blocks that fit.
  ///
  /// First the largest square block with sides of a multiple of 16, then, as far as it fits, more of
  /// what saves the algorithm transfers: columns for Algorithm 1, rows for FlashAttention-2 and for
  /// standard attention. Below 16 × 16, in steps of 1.
  case fit
  /// Line 1 of Algorithm 1: B_c = ⌈M/4d⌉, B_r = min(⌈M/4d⌉, d), with M in elements of 4 bytes.
  ///
  /// With M ≤ 4d² the blocks of Q, K, V and O fill M alone and S has no room; with M ≥ 8d² or so
  /// all fits.
  case paper
  /// These sizes.
  case blocks(Blocks)

  /// The block sizes for a problem, no larger than the problem.
  ///
  /// - Throws: ``AttentionError/insufficientSRAM(algorithm:blocks:needed:available:)``,
  ///   ``AttentionError/paperTilingNeedsCapacity``, ``AttentionError/sizeNotPositive(name:size:)``.
  func blocks(
    for algorithm: Algorithm, _ shape: AttentionShape, sram: Capacity
  ) throws(AttentionError) -> Blocks {
    let chosen: Blocks
    switch self {
    case .blocks(let blocks):
      if blocks.rows <= 0 { throw .sizeNotPositive(name: "block rows", size: blocks.rows) }
      if blocks.columns <= 0 { throw .sizeNotPositive(name: "block columns", size: blocks.columns) }
      chosen = blocks.clamped(to: shape)
    case .paper:
      guard let bytes = sram.byteCount else { throw .paperTilingNeedsCapacity }
      let M = bytes / 4
      let d = shape.headDim
      // 1: Bc = ⌈M/4d⌉, Br = min(⌈M/4d⌉, d).
      let Bc = max((M + 4 * d - 1) / (4 * d), 1)
      let Br = min(Bc, d)
      chosen = Blocks(rows: Br, columns: Bc).clamped(to: shape)
    case .fit:
      chosen = largest(for: algorithm, shape, sram: sram)
    }
    if let available = sram.byteCount {
      let needed = algorithm.forward.footprint(chosen, shape, sram: sram)
      if needed > available {
        throw .insufficientSRAM(
          algorithm: algorithm, blocks: chosen, needed: needed, available: available)
      }
    }
    return chosen
  }

  private func largest(
    for algorithm: Algorithm, _ shape: AttentionShape, sram: Capacity
  ) -> Blocks {
    func fits(_ blocks: Blocks) -> Bool {
      guard let available = sram.byteCount else { return true }
      return algorithm.forward.footprint(blocks.clamped(to: shape), shape, sram: sram) <= available
    }
    let longest = max(shape.queries, shape.keys)
    let step = fits(Blocks(rows: 16, columns: 16)) ? 16 : 1
    let side = largestCount(upTo: (longest + step - 1) / step) { count in
      fits(Blocks(rows: step * count, columns: step * count))
    }
    var blocks = Blocks(rows: step * side, columns: step * side)
    let cheaper = algorithm.forward.cheaperSide
    for stretched in [cheaper, cheaper == .rows ? .columns : .rows] {
      let limit = stretched == .rows ? shape.queries : shape.keys
      let count = largestCount(upTo: (limit + step - 1) / step) { count in
        var longer = blocks
        longer[stretched] = step * count
        return fits(longer)
      }
      blocks[stretched] = max(blocks[stretched], step * count)
    }
    return blocks.clamped(to: shape)
  }
}

/// The greatest count in 1…`limit` for which a monotone condition holds; 1 if there is none.
private func largestCount(upTo limit: Int, where holds: (Int) -> Bool) -> Int {
  var low = 1
  var high = max(limit, 1)
  while low < high {
    let middle = (low + high + 1) / 2
    if holds(middle) { low = middle } else { high = middle - 1 }
  }
  return low
}
