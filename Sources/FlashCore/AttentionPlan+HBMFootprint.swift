public import HBMSim

// What running keeps in HBM, from the sizes alone and as it was counted.

extension AttentionPlan {
  /// What running keeps in HBM, from the sizes alone: the inputs, and what the algorithm allocates.
  ///
  /// ``Execution/allocations`` are the same tensors, read off the HBM that was run on.
  public var hbmFootprint: HBMFootprint {
    inputFootprint + algorithm.programs.hbmFootprint(blocks, request)
  }

  /// What lay in HBM, with the role that each tensor has in this plan.
  ///
  /// - Parameter execution: What running or counting this plan gave.
  /// - Precondition: Every tensor is one of this plan.
  public func hbmFootprint(of execution: Execution) -> HBMFootprint {
    let roles = Dictionary(
      hbmFootprint.entries.map { ($0.allocation.name, $0.role) },
      uniquingKeysWith: { first, _ in first })
    var footprint = HBMFootprint()
    for allocation in execution.allocations {
      guard let role = roles[allocation.name] else {
        preconditionFailure("Tensor of another plan in HBM")
      }
      footprint.add(allocation, as: role)
    }
    return footprint
  }

  /// Q, K, V, and where there are any dO, mask and bias.
  private var inputFootprint: HBMFootprint {
    var footprint = HBMFootprint()
    footprint.addRows("Q", ofQueries: request, columns: shape.headDim, as: .input)
    footprint.addRows("K", ofKeys: request, columns: shape.headDim, as: .input)
    footprint.addRows("V", ofKeys: request, columns: shape.valueDim, as: .input)
    if pass.hasBackward {
      footprint.addRows("dO", ofQueries: request, columns: shape.valueDim, as: .input)
    }
    for (name, tensor) in [("mask", options.maskTensor), ("bias", options.bias)] {
      guard let tensor else { continue }
      footprint.add(
        TensorAllocation(
          name: name, elementType: tensor.elementType, elements: tensor.elementCount), as: .input)
    }
    return footprint
  }
}

extension HBMFootprint {
  /// Adds a tensor with a row a query, and a matrix a head; of the type of matrices, unless told
  /// otherwise.
  mutating func addRows(
    _ name: String, ofQueries request: AttentionRequest, columns: Int, as role: TensorRole,
    type: ElementType? = nil
  ) {
    let rows = request.shape.matrices * request.shape.queries
    add(
      TensorAllocation(
        name: name, elementType: type ?? request.precision.elementType, elements: rows * columns),
      as: role)
  }

  /// Adds a tensor with a row a key, and a matrix a head of keys.
  mutating func addRows(
    _ name: String, ofKeys request: AttentionRequest, columns: Int, as role: TensorRole
  ) {
    let rows = request.shape.kvMatrices * request.shape.keys
    add(
      TensorAllocation(
        name: name, elementType: request.precision.elementType, elements: rows * columns), as: role)
  }

  /// Adds tensors with a number for every query and key, of the type of matrices.
  mutating func addScores(_ names: String..., for request: AttentionRequest, as role: TensorRole) {
    for name in names {
      addRows(name, ofQueries: request, columns: request.shape.keys, as: role)
    }
  }

  /// Adds statistics: f32, with a number a query.
  mutating func addStatistics(
    _ names: String..., for request: AttentionRequest, as role: TensorRole
  ) {
    for name in names { addRows(name, ofQueries: request, columns: 1, as: role, type: .f32) }
  }

  /// Adds O.
  mutating func addOutput(for request: AttentionRequest, type: ElementType? = nil) {
    addRows(
      "O", ofQueries: request, columns: request.shape.valueDim, as: .output, type: type)
  }

  /// Adds dQ, dK and dV.
  mutating func addGradients(for request: AttentionRequest, queryType: ElementType? = nil) {
    let shape = request.shape
    addRows("dQ", ofQueries: request, columns: shape.headDim, as: .output, type: queryType)
    addRows("dK", ofKeys: request, columns: shape.headDim, as: .output)
    addRows("dV", ofKeys: request, columns: shape.valueDim, as: .output)
  }

  /// Adds the seed of dropout, two words, where there is dropout.
  mutating func addRandomState(for request: AttentionRequest) {
    if request.options.dropout == nil { return }
    add(TensorAllocation(name: "R", elementType: .f32, elements: 2), as: .saved)
  }
}
