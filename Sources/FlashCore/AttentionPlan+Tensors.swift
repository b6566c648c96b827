@_spi(Host) internal import HBMSim

// How the tensors of a call come into HBM: checked against the plan, and never copied.

extension AttentionPlan {
  /// The mask and the bias in HBM, where the options have them.
  func scoreTensors(
    mask: Tensor?, bias: Tensor?, in memory: HBM
  ) throws(AttentionError) -> ScoreTensors {
    try ScoreTensors(
      mask: place(mask, "mask", options.maskTensor, in: memory),
      bias: place(bias, "bias", options.bias, in: memory))
  }

  /// An input in HBM: its numbers, or its name and sizes alone where there are none.
  func input<Rows: Axis, Columns: Axis>(
    _ name: String, _ tensor: Tensor?, _ matrices: Int, _ rows: Int, _ columns: Int, in memory: HBM
  ) -> HBMTensor<Rows, Columns> {
    if let tensor {
      return memory.place(name, tensor.buffer, matrices: matrices, rows: rows, columns: columns)
    }
    return memory.placeholder(
      name, matrices: matrices, rows: rows, columns: columns, type: precision.elementType)
  }

  /// A tensor that changes scores, in HBM.
  func place(
    _ tensor: Tensor?, _ name: String, _ planned: ScoreTensor?, in memory: HBM
  ) throws(AttentionError) -> HBMTensor<Queries, Keys>? {
    precondition((tensor == nil) == (planned == nil), "Mask or bias other than planned")
    guard let tensor, let planned else { return nil }
    if try ScoreTensor(tensor, as: name) != planned {
      throw .mask(
        "The \(name) has shape \(tensor.shape) of \(tensor.elementType), and the plan "
          + "\([planned.batch, planned.heads, planned.queries, planned.keys]) of "
          + "\(planned.elementType).")
    }
    return memory.place(
      name, tensor.buffer, matrices: planned.matrices, rows: planned.queries,
      columns: planned.keys)
  }

  func placeholder(
    _ name: String, _ planned: ScoreTensor?, in memory: HBM
  ) -> HBMTensor<Queries, Keys>? {
    planned.map {
      memory.placeholder(
        name, matrices: $0.matrices, rows: $0.queries, columns: $0.keys, type: $0.elementType)
    }
  }

  func check(
    _ tensor: Tensor, _ name: String, _ expected: [Int]
  ) throws(AttentionError) {
    if tensor.shape.count != 4 { throw .wrongRank(tensor: name, shape: tensor.shape) }
    if tensor.elementType != precision.elementType {
      throw .elementTypesDisagree(
        tensor: name, tensor.elementType, expected: precision.elementType)
    }
    try tensor.require(expected, of: "plan of the \(name)", as: name)
  }

  /// - Throws: ``AttentionError`` where this is not a number in f32 for every query.
  func check(logSumExp: Tensor) throws(AttentionError) {
    let rows = [shape.batch, shape.heads, shape.queries]
    if logSumExp.shape != rows {
      throw .wrongShape(tensor: "log-sum-exp", shape: logSumExp.shape, expected: rows)
    }
    if logSumExp.elementType != .f32 {
      throw .elementTypesDisagree(tensor: "log-sum-exp", logSumExp.elementType, expected: .f32)
    }
  }
}
