import COpenBLAS

/// The sizes of an attention problem.
///
/// Tensors are row-major and contiguous:
///
///     query  [batch, heads,   queries, headDim]
///     key    [batch, kvHeads, keys,    headDim]
///     value  [batch, kvHeads, keys,    valueDim]
///     output [batch, heads,   queries, valueDim]
///     logSumExp [batch, heads, queries]
///
/// With fewer key heads than heads (grouped heads), consecutive heads share one: head `h` attends
/// to key head `h / (heads / kvHeads)`.
public struct AttentionShape: Sendable, Hashable {
  /// The number of independent problems.
  public let batch: Int

  /// The number of query heads of each problem.
  public let heads: Int

  /// The number of key and value heads of each problem, a divisor of `heads`.
  public let kvHeads: Int

  /// The number of query rows of each head, Nq.
  public let queries: Int

  /// The number of key and value rows of each head, Nk.
  public let keys: Int

  /// The number of features of a query and of a key, d.
  public let headDim: Int

  /// The number of features of a value and of an output row.
  public let valueDim: Int

  /// The greatest size of a matrix: a row padded to whole vectors must still fit a `blasint`.
  static let largestSize = Int(blasint.max) / Lanes.scalarCount * Lanes.scalarCount

  /// The greatest number of elements of a tensor, such that byte counts and their sums fit `Int`.
  static let mostElements = Int.max / 64

  /// Creates a shape whose sizes and tensors can be addressed.
  ///
  /// - Parameters:
  ///   - batch: The number of independent problems.
  ///   - heads: The number of query heads.
  ///   - kvHeads: The number of key and value heads; by default `heads`.
  ///   - queries: The number of query rows of each head.
  ///   - keys: The number of key rows of each head; by default `queries`.
  ///   - headDim: The number of features of a query and of a key.
  ///   - valueDim: The number of features of a value; by default `headDim`.
  /// - Throws: `notPositive`, `sizeExceedsBLAS`, `unequalGroups` or `tooManyElements`.
  public init(
    batch: Int = 1, heads: Int = 1, kvHeads: Int? = nil, queries: Int, keys: Int? = nil,
    headDim: Int, valueDim: Int? = nil
  ) throws(NaiveAttentionError) {
    self.batch = batch
    self.heads = heads
    self.kvHeads = kvHeads ?? heads
    self.queries = queries
    self.keys = keys ?? queries
    self.headDim = headDim
    self.valueDim = valueDim ?? headDim
    try validate()
  }

  private func validate() throws(NaiveAttentionError) {
    for (name, value) in [("batches", batch), ("heads", heads), ("key heads", kvHeads)] {
      guard value >= 1 else { throw .notPositive(name: name, value: value) }
    }
    let matrixSizes = [
      ("queries", queries), ("keys", keys),
      ("head features", headDim), ("value features", valueDim),
    ]
    for (name, value) in matrixSizes {
      guard value >= 1 else { throw .notPositive(name: name, value: value) }
      guard value <= Self.largestSize else {
        throw .sizeExceedsBLAS(name: name, value: value, limit: Self.largestSize)
      }
    }
    guard heads.isMultiple(of: kvHeads) else {
      throw .unequalGroups(heads: heads, kvHeads: kvHeads)
    }
    let tensors = [
      ("queries", [batch, heads, queries, headDim]),
      ("keys", [batch, kvHeads, keys, headDim]),
      ("values", [batch, kvHeads, keys, valueDim]),
      ("outputs", [batch, heads, queries, valueDim]),
      ("scores", [batch, heads, queries, keys]),
    ]
    for (name, sizes) in tensors {
      guard let count = product(sizes), count <= Self.mostElements else {
        throw .tooManyElements(name: name, sizes: sizes, limit: Self.mostElements)
      }
    }
  }
}

extension AttentionShape {
  /// The number of heads of all batches.
  var allHeads: Int { batch * heads }

  /// The number of elements of the query tensor.
  public var queryCount: Int { allHeads * queries * headDim }

  /// The number of elements of the key tensor.
  public var keyCount: Int { batch * kvHeads * keys * headDim }

  /// The number of elements of the value tensor.
  public var valueCount: Int { batch * kvHeads * keys * valueDim }

  /// The number of elements of the output tensor.
  public var outputCount: Int { allHeads * queries * valueDim }

  /// The number of rows of the output, and of elements of its log-sum-exp.
  public var rowCount: Int { allHeads * queries }

  /// The scale that `nil` stands for, 1/√d.
  var defaultScale: Double { 1 / Double(headDim).squareRoot() }

  /// The key head, of those of all batches, to which a head of all batches attends.
  func kvHead(of head: Int) -> Int { head / (heads / kvHeads) }

  /// Throws `wrongCount` unless the inputs have the elements that this shape gives them.
  func check(query: Int, key: Int, value: Int) throws(NaiveAttentionError) {
    let counts = [
      ("query", queryCount, query), ("key", keyCount, key), ("value", valueCount, value),
    ]
    for (name, needed, given) in counts where needed != given {
      throw .wrongCount(name: name, needed: needed, given: given)
    }
  }
}

/// The product of `sizes`, or `nil` where it overflows.
private func product(_ sizes: [Int]) -> Int? {
  var product = 1
  for size in sizes {
    let (partial, overflow) = product.multipliedReportingOverflow(by: size)
    guard !overflow else { return nil }
    product = partial
  }
  return product
}
