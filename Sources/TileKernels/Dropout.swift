@_spi(TileStorage) public import HBMSim
internal import KernelInterface

/// Dropping attention weights at random: which of them depends on their place and a seed alone, so
/// that all algorithms and tilings, and the backward pass, drop the same ones.
public struct Dropout: Sendable, Hashable {
  /// How likely a weight is dropped: at least 0 and less than 1.
  public var probability: Double
  /// What the choice depends on, besides the place.
  public var seed: UInt64

  /// Creates a dropout; whether the probability is one is checked where it is used.
  public init(probability: Double, seed: UInt64) {
    self.probability = probability
    self.seed = seed
  }

  /// Random words below it keep their weight: (1 − probability) · 2³², rounded to nearest.
  ///
  /// - Precondition: 0 ≤ probability < 1.
  public var threshold: UInt64 {
    precondition(0 <= probability && probability < 1, "Dropout probability out of range")
    return UInt64(((1 - probability) * 0x1p32).rounded())
  }

  /// What kept weights are multiplied by: 1 / (1 − probability).
  public var scale: Float { Float(1 / (1 - probability)) }

  /// Whether the weight of a key for a query is kept.
  ///
  /// The definition: word `key` mod 4 of ``Philox`` with the seed as its key, low word first, at the
  /// counter (key / 4, query, head, batch), is less than ``threshold``.
  ///
  /// - Precondition: All numbers are at least 0 and less than 2³².
  public func keeps(batch: Int, head: Int, query: Int, key: Int) -> Bool {
    UInt64(words(batch: batch, head: head, query: query, key: key)[key % 4]) < threshold
  }

  /// Whether the weights of consecutive keys for a query are kept, as by
  /// ``keeps(batch:head:query:key:)``: by the definition, without the kernels that drop weights, which it
  /// may serve to check. ``mask(batch:head:queries:keys:)`` is the fast one.
  ///
  /// - Precondition: All numbers are at least 0 and less than 2³².
  /// - Complexity: A call of ``Philox`` for four keys.
  public func mask(batch: Int, head: Int, query: Int, keys: Range<Int>) -> [Bool] {
    let threshold = threshold
    var kept: [Bool] = []
    kept.reserveCapacity(keys.count)
    for first in stride(from: keys.lowerBound / 4 * 4, to: keys.upperBound, by: 4) {
      let words = words(batch: batch, head: head, query: query, key: first)
      for key in (first..<first + 4).clamped(to: keys) {
        kept.append(UInt64(words[key % 4]) < threshold)
      }
    }
    return kept
  }

  /// The random words of a key and of those that share its counter.
  private func words(batch: Int, head: Int, query: Int, key: Int) -> SIMD4<UInt32> {
    Philox(key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
      .words(at: SIMD4(UInt32(key) / 4, UInt32(query), UInt32(head), UInt32(batch)))
  }
}

extension Tile where Rows == Queries, Columns == Keys {
  /// Drops elements at random: multiplies those that `dropout` keeps by its scale, and sets the
  /// others to exactly 0, whatever they were.
  ///
  /// - Parameters:
  ///   - dropout: What is dropped.
  ///   - batch: The number of the sequence.
  ///   - head: The number of the head.
  ///   - firstQuery: The number of the tile's first row.
  ///   - firstKey: The number of the tile's first column, which need not be a multiple of 4.
  /// - Precondition: All numbers of queries, keys, heads and sequences are at least 0 and less than
  ///   2³².
  /// - Complexity: rows · columns operations, no HBM access.
  public mutating func dropOut(
    _ dropout: Dropout, batch: Int, head: Int, firstQuery: Int, firstKey: Int
  ) {
    drop(
      DropoutSite(
        seed: dropout.seed, threshold: dropout.threshold, scale: dropout.scale, batch: batch,
        head: head, firstQuery: firstQuery, firstKey: firstKey))
  }

  /// A copy with elements dropped at random, as by ``dropOut(_:batch:head:firstQuery:firstKey:)``.
  ///
  /// - Precondition: All numbers of queries, keys, heads and sequences are at least 0 and less than
  ///   2³², and the SRAM that the launch declared holds another tile of this shape.
  /// - Complexity: rows · columns operations, no HBM access.
  public func droppedOut(
    _ dropout: Dropout, batch: Int, head: Int, firstQuery: Int, firstKey: Int
  ) -> Tile<Queries, Keys> {
    var copy = Tile<Queries, Keys>(
      rows: rows, columns: columns, diagonals: diagonals, state: state)
    if let base, let target = copy.base { target.update(from: base, count: lines * stride) }
    copy.dropOut(dropout, batch: batch, head: head, firstQuery: firstQuery, firstKey: firstKey)
    return copy
  }

  /// Which elements ``dropOut(_:batch:head:firstQuery:firstKey:)`` keeps of a tile of this one's shape:
  /// 1 for those, and 0 for the others.
  ///
  /// - Precondition: All numbers of queries, keys, heads and sequences are at least 0 and less than
  ///   2³², and the SRAM that the launch declared holds another tile of this shape.
  /// - Complexity: rows · columns operations, no HBM access.
  public func dropoutMask(
    _ dropout: Dropout, batch: Int, head: Int, firstQuery: Int, firstKey: Int
  ) -> Tile<Queries, Keys> {
    let kept = Tile<Queries, Keys>(rows: rows, columns: columns, state: state)
    if let base = kept.base { base.update(repeating: 1, count: lines * stride) }
    // What drops weights drops ones as well.
    kept.drop(
      DropoutSite(
        seed: dropout.seed, threshold: dropout.threshold, scale: 1, batch: batch, head: head,
        firstQuery: firstQuery, firstKey: firstKey))
    return kept
  }

  private func drop(_ site: DropoutSite) {
    precondition(site.isNumbered(rows: rows, columns: columns), "Dropout out of range")
    willChange()
    state.pointee.count(Operations(other: rows * columns))
    guard let base else { return }
    let kernels = state.pointee.kernels
    let kernel = isColumnMajor ? kernels.pointee.dropoutVertical : kernels.pointee.dropoutHorizontal
    kernel(base, lines, lanes, stride, site)
  }
}
