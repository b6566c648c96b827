internal import HBMSim

/// How block sizes are chosen.
public enum Tiling: Sendable, Hashable {
  /// The blocks that fit and cost the least transfers, as long as they are not too thin to compute
  /// with: 32 at least.
  ///
  /// Only one side of the blocks multiplies transfers: columns for Algorithm 1, rows for
  /// FlashAttention-2 and for standard attention; run eagerly, that moves the same with any blocks, and
  /// rows count as that side. It is made as long as fits beside a thickness of 32,
  /// then evened out over the blocks that it takes, and the other side gets what room is left. Sides
  /// are multiples of 16; where 32 × 32 does not fit, the thickness is halved until a square does.
  ///
  /// Square tiling takes the largest square that fits, a multiple of 16 or less than that.
  case fit
  /// Line 1 of Algorithm 1: B_c = ⌈M/4d⌉, B_r = min(⌈M/4d⌉, d), with M in elements of 4 bytes.
  ///
  /// With M ≤ 4d² the blocks of Q, K, V and O fill M alone and S has no room; with M ≥ 8d² or so
  /// all fits.
  case paper
  /// Blocks that a CPU computes fastest with: 128 × 128, and where these do not fit, the greatest multiple
  /// of 32 that does for one side, or halves of both in turn; with fewer queries, more keys, up to 512.
  ///
  /// A block of S stays in the L2 cache from the product that makes it to the product that uses it up;
  /// there are enough blocks of rows for all threads, and few keys beyond the diagonal of a causal mask
  /// are computed. The side that does not multiply transfers gives way first.
  case fast
  /// These sizes.
  case blocks(Blocks)

  /// The block sizes for a problem, no larger than the problem.
  ///
  /// - Throws: ``AttentionError/insufficientSRAM(algorithm:blocks:needed:available:)``,
  ///   ``AttentionError/paperTilingNeedsCapacity``, ``AttentionError/sizeNotPositive(name:size:)``.
  func blocks(
    for algorithm: Algorithm, _ request: AttentionRequest
  ) throws(AttentionError) -> Blocks {
    let (shape, sram) = (request.shape, request.sram)
    let chosen: Blocks
    switch self {
    case .blocks(let blocks):
      if blocks.rows <= 0 { throw .sizeNotPositive(name: "block rows", size: blocks.rows) }
      if blocks.columns <= 0 { throw .sizeNotPositive(name: "block columns", size: blocks.columns) }
      chosen = blocks.clamped(to: shape)
    case .paper:
      guard let bytes = sram.byteCount else { throw .paperTilingNeedsCapacity }
      chosen = Blocks.paper(elements: bytes / 4, headDim: shape.headDim).clamped(to: shape)
    case .fast:
      chosen = fast(for: algorithm, request)
    case .fit:
      chosen = algorithm.programs.fitting(request) ?? fitting(for: algorithm, request)
    }
    if let available = sram.byteCount {
      let needed = algorithm.programs.footprint(chosen, request)
      if needed > available {
        throw .insufficientSRAM(
          algorithm: algorithm, blocks: chosen, needed: needed, available: available)
      }
    }
    return chosen
  }

  private func fast(for algorithm: Algorithm, _ request: AttentionRequest) -> Blocks {
    let costly = algorithm.programs.costlySide(request.pass)
    let cheap = costly == .rows ? Blocks.Side.columns : .rows
    func fits(_ blocks: Blocks) -> Bool {
      guard let available = request.sram.byteCount else { return true }
      return algorithm.programs.footprint(blocks.clamped(to: request.shape), request) <= available
    }
    let rows = min(request.shape.queries, 128)
    var blocks = Blocks(rows: rows, columns: min(128 * 128 / rows, 512))
    while !fits(blocks) && blocks.rows * blocks.columns > 1 {
      let side = blocks[cheap] >= blocks[costly] ? cheap : costly
      let size = blocks[side]
      let suitable = stride(from: (size - 1) / 32 * 32, to: size / 2, by: -32).first {
        blocks[side] = $0
        return fits(blocks)
      }
      blocks[side] = suitable ?? size / 2
    }
    return blocks.clamped(to: request.shape)
  }

  private func fitting(
    for algorithm: Algorithm, _ request: AttentionRequest
  ) -> Blocks {
    let (shape, sram) = (request.shape, request.sram)
    let costly = algorithm.programs.costlySide(request.pass)
    func blocks(_ length: Int, _ thickness: Int) -> Blocks {
      costly == .rows
        ? Blocks(rows: length, columns: thickness) : Blocks(rows: thickness, columns: length)
    }
    func fits(_ length: Int, _ thickness: Int) -> Bool {
      guard let available = sram.byteCount else { return true }
      let clamped = blocks(length, thickness).clamped(to: shape)
      return algorithm.programs.footprint(clamped, request) <= available
    }
    let (size, otherSize) =
      costly == .rows ? (shape.queries, shape.keys) : (shape.keys, shape.queries)
    let thinnest = [32, 16, 8, 4, 2].first { fits($0, $0) } ?? 1
    let step = min(thinnest, 16)
    let longest =
      step * largestCount(upTo: ceilingQuotient(size, step)) { fits(step * $0, thinnest) }
    let count = ceilingQuotient(size, longest)
    let length = step * ceilingQuotient(ceilingQuotient(size, count), step)
    let thickness =
      step * largestCount(upTo: ceilingQuotient(otherSize, step)) { fits(length, step * $0) }
    return blocks(length, max(thickness, thinnest)).clamped(to: shape)
  }
}

/// The greatest count in 1…`limit` for which a monotone condition holds; 1 if there is none.
func largestCount(upTo limit: Int, where holds: (Int) -> Bool) -> Int {
  var low = 1
  var high = max(limit, 1)
  while low < high {
    let middle = (low + high + 1) / 2
    if holds(middle) { low = middle } else { high = middle - 1 }
  }
  return low
}
