/// Where in the attention matrices a tile is whose elements are dropped at random, and how many are.
///
/// Whether an element is kept depends on its place and the seed alone, so that every tiling, and the
/// backward pass, finds the same elements: the counter (key / 4, query, head, batch) of
/// Philox4x32-10 with the seed as its key, low word first, gives four words, of which the one
/// numbered key mod 4 is compared with the threshold. Places are counted modulo 2³².
public struct DropoutSite: Sendable {
  /// The seed.
  public var seed: UInt64
  /// Words below it keep their element; 2³² keeps all.
  public var threshold: UInt64
  /// What kept elements are multiplied by; unused where all are kept.
  public var scale: Float
  /// The number of the sequence.
  public var batch: Int
  /// The number of the head.
  public var head: Int
  /// The number of the tile's first query.
  public var firstQuery: Int
  /// The number of the tile's first key.
  public var firstKey: Int

  /// Creates a site.
  public init(
    seed: UInt64, threshold: UInt64, scale: Float, batch: Int, head: Int, firstQuery: Int,
    firstKey: Int
  ) {
    self.seed = seed
    self.threshold = threshold
    self.scale = scale
    self.batch = batch
    self.head = head
    self.firstQuery = firstQuery
    self.firstKey = firstKey
  }
}
