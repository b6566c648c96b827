/// The sizes of an attention problem.
public struct AttentionShape: Sendable, Hashable {
  /// Independent sequences.
  public var batch: Int
  /// Heads of queries.
  public var heads: Int
  /// Heads of keys and values; each serves `heads / kvHeads` heads of queries.
  public var kvHeads: Int
  /// Rows of Q and O, N_q.
  public var queries: Int
  /// Rows of K and V, N_k.
  public var keys: Int
  /// Columns of Q and K, d.
  public var headDim: Int
  /// Columns of V and O, d_v.
  public var valueDim: Int

  /// Creates a shape: as many keys as queries, values as wide as keys, unless told otherwise.
  ///
  /// - Throws: ``AttentionError`` where a size is not positive, `kvHeads` does not divide `heads`,
  ///   or a tensor would have more elements than an `Int` counts.
  public init(
    batch: Int = 1, heads: Int = 1, kvHeads: Int? = nil, queries: Int, keys: Int? = nil,
    headDim: Int, valueDim: Int? = nil
  ) throws(AttentionError) {
    self.batch = batch
    self.heads = heads
    self.kvHeads = kvHeads ?? heads
    self.queries = queries
    self.keys = keys ?? queries
    self.headDim = headDim
    self.valueDim = valueDim ?? headDim
    try validate()
  }

  /// The shape of a problem with these tensors, each [batch, heads, tokens, dim].
  ///
  /// - Throws: ``AttentionError`` where a tensor has another rank, or two of them disagree.
  public init(query: Tensor, key: Tensor, value: Tensor) throws(AttentionError) {
    for (name, tensor) in [("query", query), ("key", key), ("value", value)]
    where tensor.shape.count != 4 {
      throw .wrongRank(tensor: name, shape: tensor.shape)
    }
    for dimension in [(0, "batches"), (1, "heads"), (2, "tokens")]
    where key.shape[dimension.0] != value.shape[dimension.0] {
      throw .shapesDisagree(
        what: dimension.1, first: "key", key.shape[dimension.0],
        second: "value", value.shape[dimension.0])
    }
    if query.shape[0] != key.shape[0] {
      throw .shapesDisagree(
        what: "batches", first: "query", query.shape[0], second: "key", key.shape[0])
    }
    if query.shape[3] != key.shape[3] {
      throw .shapesDisagree(
        what: "features", first: "query", query.shape[3], second: "key", key.shape[3])
    }
    try self.init(
      batch: query.shape[0], heads: query.shape[1], kvHeads: key.shape[1],
      queries: query.shape[2], keys: key.shape[2],
      headDim: query.shape[3], valueDim: value.shape[3])
  }

  /// (batch, head) pairs of queries.
  public var matrices: Int { batch * heads }

  /// (batch, head) pairs of keys and values.
  public var kvMatrices: Int { batch * kvHeads }

  /// The matrices of Q that matrix `index` of K and V serves.
  func queryMatrices(ofKV index: Int) -> Range<Int> {
    let group = heads / kvHeads
    return index * group..<(index + 1) * group
  }

  /// Which matrix of K and V serves matrix `index` of Q.
  func kvMatrix(_ index: Int) -> Int { index / (heads / kvHeads) }

  private func validate() throws(AttentionError) {
    let sizes = [
      ("batch", batch), ("heads", heads), ("kv-heads", kvHeads), ("queries", queries),
      ("keys", keys), ("head-dim", headDim), ("value-dim", valueDim),
    ]
    for (name, size) in sizes where size <= 0 { throw .sizeNotPositive(name: name, size: size) }
    if heads % kvHeads != 0 {
      throw .headsDoNotDivide(heads: heads, kvHeads: kvHeads)
    }
    // The largest numbers that are ever formed are bytes moved with blocks of 1 × 1: a score's share
    // of Q, K, V, O, their gradients and the statistics, at most 32 rows of d or d_v elements.
    let products = [
      [batch, heads, queries, keys, max(headDim, valueDim), 128]
    ]
    for product in products {
      var count = 1
      for factor in product {
        let (next, overflows) = count.multipliedReportingOverflow(by: factor)
        if overflows { throw .tooManyElements(factors: product) }
        count = next
      }
    }
  }
}
