@_spi(Host) internal import HBMSim

extension AttentionPlan {
  /// What is added to the scores of a query of a head after the soft cap, a number for each key: −∞ where
  /// a mask that is a tensor rules it out; nil where nothing is.
  ///
  /// Keys that the query does not see by a rule have numbers too: see ``visibleKeys(query:batch:)``.
  ///
  /// - Parameters:
  ///   - batch: The number of the sequence.
  ///   - head: The number of the head.
  ///   - query: The number of the query.
  ///   - mask: The mask, where the options have a mask tensor.
  ///   - bias: The bias, where the options have one.
  /// - Precondition: The plan's shape has such a sequence, head and query, and the tensors are as
  ///   planned.
  public func bias(
    batch: Int, head: Int, query: Int, mask: Tensor? = nil, bias: Tensor? = nil
  ) -> [Double]? {
    precondition(
      (0..<shape.batch).contains(batch) && (0..<shape.heads).contains(head)
        && (0..<shape.queries).contains(query), "A bias of no query")
    precondition(
      (mask == nil) == (options.maskTensor == nil) && (bias == nil) == (options.bias == nil),
      "Mask or bias other than planned")
    if options.slopes == nil && mask == nil && bias == nil { return nil }
    // Every term of a row comes here, in float64.
    var row = [Double](repeating: 0, count: shape.keys)
    if let slope = options.slopes?[head] {
      let own = options.mask.ownKey(ofQuery: query, shape)
      for key in row.indices { row[key] -= Double(slope) * Double(abs(own - key)) }
    }
    if let bias, let description = options.bias {
      bias.buffer.withFloats(in: description.row(batch: batch, head: head, query: query)) {
        for key in row.indices { row[key] += Double($0[key]) }
      }
    }
    if let mask, let description = options.maskTensor {
      mask.buffer.withFloats(in: description.row(batch: batch, head: head, query: query)) {
        for key in row.indices where $0[key] == 0 { row[key] = -.infinity }
      }
    }
    return row
  }
}
