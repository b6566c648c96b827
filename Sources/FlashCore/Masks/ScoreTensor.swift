public import HBMSim

/// A tensor in HBM with an element for every query and key: truth values that say who sees whom, or
/// numbers that are added to scores. It is loaded by blocks, beside the blocks of Q and K, and counted.
public struct ScoreTensor: Sendable, Hashable {
  /// Sequences: the batch, or 1 where all share one.
  public var batch: Int
  /// Heads: those of the queries, or 1 where all share one.
  public var heads: Int
  /// Rows.
  public var queries: Int
  /// Columns.
  public var keys: Int
  /// The type of its elements.
  public var elementType: ElementType

  /// Creates a description.
  public init(
    batch: Int = 1, heads: Int = 1, queries: Int, keys: Int, elementType: ElementType
  ) {
    self.batch = batch
    self.heads = heads
    self.queries = queries
    self.keys = keys
    self.elementType = elementType
  }

  /// Describes a tensor of shape [batch, heads, queries, keys].
  ///
  /// - Throws: ``AttentionError/wrongRank(tensor:shape:)``.
  public init(_ tensor: Tensor, as name: String) throws(AttentionError) {
    if tensor.shape.count != 4 { throw .wrongRank(tensor: name, shape: tensor.shape) }
    self.init(
      batch: tensor.shape[0], heads: tensor.shape[1], queries: tensor.shape[2],
      keys: tensor.shape[3], elementType: tensor.elementType)
  }

  /// How many matrices.
  var matrices: Int { batch * heads }

  /// Which matrix serves a head of a sequence.
  func matrix(batch: Int, head: Int) -> Int {
    (self.batch == 1 ? 0 : batch) * heads + (heads == 1 ? 0 : head)
  }

  /// Where the elements of a query are, among all.
  func row(batch: Int, head: Int, query: Int) -> Range<Int> {
    let first = (matrix(batch: batch, head: head) * queries + query) * keys
    return first..<first + keys
  }

  /// - Throws: ``AttentionError/shapesDisagree(what:first:_:second:_:)`` where a size is another than
  ///   the problem's, and ``AttentionError/mask(_:)`` where the elements are not what is meant.
  func validate(_ name: String, for shape: AttentionShape) throws(AttentionError) {
    for (what, size, expected) in [
      ("queries", queries, shape.queries), ("keys", keys, shape.keys),
      ("batches", batch, batch == 1 ? 1 : shape.batch),
      ("heads", heads, heads == 1 ? 1 : shape.heads),
    ] where size != expected {
      throw .shapesDisagree(what: what, first: name, size, second: "problem", expected)
    }
  }
}
