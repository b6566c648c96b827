/// Which keys each query may see, as a rule that moves no bytes.
///
/// The rules compose: a key is seen where all of them allow it. Tensors that allow or weigh single
/// pairs are not rules; they lie in HBM, see ``ScoreTerms``.
public struct Mask: Sendable, Hashable {
  /// Which diagonal a rule counts from where there are more keys than queries, or fewer.
  public enum Alignment: Sendable {
    /// Query i stands at key i, as PyTorch's `is_causal` has it.
    case topLeft
    /// The last query stands at the last key, as FlashAttention has it since 2.1.
    case bottomRight
  }

  /// Keys on either side of a query's own; nil where there is no limit.
  public struct Window: Sendable, Hashable {
    /// Keys before the query's own.
    public var left: Int?
    /// Keys after the query's own.
    public var right: Int?

    /// Creates a window.
    public init(left: Int?, right: Int?) {
      self.left = left
      self.right = right
    }
  }

  /// Several sequences one after another in one matrix; none sees another.
  public struct Packing: Sendable, Hashable {
    /// Where the sequences' queries begin, and at last their number: 0, …, N_q.
    public var queries: [Int]
    /// Where the sequences' keys begin, and at last their number: 0, …, N_k.
    public var keys: [Int]

    /// Creates a packing; with as many keys as queries in every sequence, unless told otherwise.
    public init(queries: [Int], keys: [Int]? = nil) {
      self.queries = queries
      self.keys = keys ?? queries
    }
  }

  /// No key after the query's own.
  public var causal: Alignment?
  /// A sliding window, about the diagonal of ``causal`` if there is one and bottom-right otherwise.
  public var window: Window?
  /// Keys at a sequence's beginning that are seen from outside the window as well.
  public var sinks = 0
  /// How many keys count, for each sequence of the batch: what follows is padding.
  public var keyLengths: [Int]?
  /// Several sequences in one.
  public var packing: Packing?

  /// Every key is seen.
  public init() {}

  /// Every key is seen.
  public static let none = Mask()

  /// No key after the query's own.
  public static func causal(_ alignment: Alignment = .topLeft) -> Mask {
    var mask = Mask()
    mask.causal = alignment
    return mask
  }

  /// Whether sequences of a batch have masks of their own.
  var dependsOnBatch: Bool { keyLengths != nil }

  /// Whether a query may see keys on both sides of some that it does not see.
  var mayHaveGaps: Bool { sinks > 0 && window != nil }

  /// - Throws: ``AttentionError/mask(_:)`` where lengths do not go with the shape.
  func validate(for shape: AttentionShape) throws(AttentionError) {
    if let lengths = keyLengths {
      if lengths.count != shape.batch {
        throw .mask("\(lengths.count) key lengths do not go with a batch of \(shape.batch).")
      }
      if let length = lengths.first(where: { $0 < 0 || $0 > shape.keys }) {
        throw .mask("A key length of \(length) does not go with \(shape.keys) keys.")
      }
    }
    for side in [window?.left, window?.right] {
      if let side, side < 0 { throw .mask("A window of \(side) keys on a side is negative.") }
    }
    if sinks < 0 { throw .mask("A number of \(sinks) sinks is negative.") }
    if let packing {
      if packing.queries.count != packing.keys.count {
        throw .mask(
          "\(packing.queries.count - 1) sequences of queries do not go with "
            + "\(packing.keys.count - 1) of keys.")
      }
      try validate(packing.queries, "queries", shape.queries)
      try validate(packing.keys, "keys", shape.keys)
    }
  }

  private func validate(
    _ offsets: [Int], _ name: String, _ count: Int
  ) throws(AttentionError) {
    guard let first = offsets.first, let last = offsets.last, offsets.count > 1, first == 0,
      last == count
    else {
      throw .mask("Packed \(name) \(offsets) do not begin at 0 and end at \(count).")
    }
    for (a, b) in zip(offsets, offsets.dropFirst()) where b < a {
      throw .mask("Packed \(name) \(offsets) go back from \(a) to \(b).")
    }
  }
}
