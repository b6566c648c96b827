/// Which blocks of S a block-sparse attention computes: Algorithm 5's M ∈ {0, 1}^{N/Br × N/Bc}.
///
/// Patterns are rules on a grid of square blocks, as large as the longer side of the algorithm's
/// blocks; where the other side is shorter, its blocks repeat: a pattern of 256 × 256 serves blocks of
/// 16 × 256. They are the layouts of DeepSpeed's sparse attention and of the butterfly repository.
public enum BlockPattern: Sendable, Hashable {
  /// Every block.
  case full
  /// The flat block butterfly: I = J, or I and J differ in one of the lowest `factors` bits; all bits
  /// where nil (Dao et al. 2021, Pixelated Butterfly).
  case butterfly(factors: Int?)
  /// A sliding window of `width` blocks about the diagonal.
  case local(width: Int)
  /// Local, with the first `global` rows and columns of blocks (Longformer).
  case longformer(width: Int, global: Int)
  /// Longformer, with `random` further blocks a row (BigBird).
  case bigBird(width: Int, global: Int, random: Int, seed: UInt64)
  /// Dense squares of `local` blocks on the diagonal, and the last `global` columns of each for every
  /// row (OpenAI's fixed pattern, bidirectional).
  case fixed(local: Int, global: Int)
  /// The `stride` blocks on either side of the diagonal, and every `stride`-th (OpenAI's strided
  /// pattern, bidirectional).
  case strided(stride: Int)
  /// Each block with this probability.
  case random(density: Double, seed: UInt64)
  /// These blocks of the algorithm's own, row by row.
  case blocks([[Bool]])

  /// The pattern on a grid of `count` × `count` blocks, row by row.
  ///
  /// - Precondition: The numbers make a pattern, and blocks that were given are that many.
  public func layout(_ count: Int) -> [[Bool]] {
    let isLive = grid(count)
    return (0..<count).map { i in (0..<count).map { j in isLive(i, j) } }
  }

  /// Which blocks of a grid of `count` × `count` are computed.
  func grid(_ count: Int) -> (_ row: Int, _ column: Int) -> Bool {
    switch self {
    case .full: return { _, _ in true }
    case .butterfly(let factors):
      let bits = factors.map { $0 >= Int.bitWidth ? Int.max : (1 << $0) - 1 } ?? Int.max
      return { i, j in
        let difference = i ^ j
        return difference & (difference - 1) == 0 && difference <= bits
      }
    case .local(let width): return { i, j in abs(i - j) <= width / 2 }
    case .longformer(let width, let global):
      return { i, j in abs(i - j) <= width / 2 || i < global || j < global }
    case .bigBird(let width, let global, let random, let seed):
      let chosen = (0..<count).map { row in
        sample(min(random, count), of: count, seed: seed, row: row)
      }
      return { i, j in
        abs(i - j) <= width / 2 || i < global || j < global || chosen[i].contains(j)
      }
    case .fixed(let local, let global):
      return { i, j in i / local == j / local || j % local >= local - global }
    case .strided(let stride):
      return { i, j in abs(i - j) < stride || (i - j) % stride == 0 }
    case .random(let density, let seed):
      return { i, j in uniform(seed, row: i, column: j) < density }
    case .blocks(let blocks): return { i, j in blocks[i][j] }
    }
  }

  /// - Throws: ``AttentionError/mask(_:)`` where numbers make no pattern, or blocks do not go with the
  ///   shape.
  public func validate(_ blocks: Blocks, _ shape: AttentionShape) throws(AttentionError) {
    switch self {
    case .full: break
    case .butterfly(let factors):
      if let factors, factors < 0 { throw .mask("A butterfly of \(factors) factors is none.") }
    case .local(let width), .longformer(let width, _), .bigBird(let width, _, _, _):
      if width <= 0 { throw .mask("A window of \(width) blocks is none.") }
    case .fixed(let local, let global):
      if local <= 0 || global < 0 || global > local {
        throw .mask("A fixed pattern has no \(global) of \(local) columns.")
      }
    case .strided(let stride):
      if stride <= 0 { throw .mask("A stride of \(stride) blocks is none.") }
    case .random(let density, _):
      if !(0...1).contains(density) { throw .mask("A density of \(density) is not in [0, 1].") }
    case .blocks(let pattern):
      let rows = ceilingQuotient(shape.queries, blocks.rows)
      let columns = ceilingQuotient(shape.keys, blocks.columns)
      if pattern.count != rows || pattern.contains(where: { $0.count != columns }) {
        throw .mask(
          "A pattern of \(pattern.count)×\(pattern.first?.count ?? 0) blocks does not go with "
            + "\(rows)×\(columns) blocks of \(blocks).")
      }
    }
  }

  /// Which of an algorithm's blocks are computed.
  func isLive(_ blocks: Blocks, _ shape: AttentionShape) -> (_ i: Int, _ j: Int) -> Bool {
    if case .blocks(let pattern) = self { return { pattern[$0][$1] } }
    let side = max(blocks.rows, blocks.columns)
    let isLive = grid(ceilingQuotient(max(shape.queries, shape.keys), side))
    return { i, j in isLive(i * blocks.rows / side, j * blocks.columns / side) }
  }
}

/// `size` different numbers below `count`, the same for the same seed and row.
private func sample(_ size: Int, of count: Int, seed: UInt64, row: Int) -> Set<Int> {
  var chosen: Set<Int> = []
  var draw = 0
  while chosen.count < size {
    chosen.insert(Int(uniform(seed, row: row, column: draw) * Double(count)))
    draw += 1
  }
  return chosen
}

/// A number in [0, 1) that depends on its arguments alone: SplitMix64's mixing.
private func uniform(_ seed: UInt64, row: Int, column: Int) -> Double {
  var z = seed
  for word in [row, column] {
    z = (z &+ UInt64(truncatingIfNeeded: word)) &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
  }
  return Double(z >> 11) * 0x1p-53
}
