internal import HBMSim

/// A kernel of eager standard attention.
struct EagerKernel {
  /// The operation.
  let phase: Phase
  /// What moves of its operands and its result.
  let moves: [EagerMove]
  /// What its programs keep in SRAM.
  let budget: SRAMBudget

  init(_ phase: Phase, _ moves: [EagerMove], _ tiles: KeyValuePairs<String, Int>) {
    self.phase = phase
    self.moves = moves
    budget = SRAMBudget(phase.name, tiles)
  }
}

/// What a kernel moves of a tensor.
struct EagerMove {
  /// The tensor.
  let tensor: String
  /// How much of it, in one direction.
  let traffic: Traffic

  init(_ tensor: String, reads: Int = 0, writes: Int = 0, of type: ElementType) {
    self.tensor = tensor
    traffic = Traffic(reads: reads, writes: writes, of: type)
  }
}

/// Elements of whole tensors, over batch and heads; S is any matrix with a row a query and a column a key.
struct EagerSizes {
  let Q, K, V, O, S: Int

  init(_ request: AttentionRequest) {
    let shape = request.shape
    let (rows, keyRows) = (shape.matrices * shape.queries, shape.kvMatrices * shape.keys)
    (Q, O, S) = (rows * shape.headDim, rows * shape.valueDim, rows * shape.keys)
    (K, V) = (keyRows * shape.headDim, keyRows * shape.valueDim)
  }
}

extension AttentionRequest {
  /// The name of the weights behind dropout.
  var droppedName: String { options.dropout == nil ? "P" : "P_dropped" }

  /// The name of the scores behind the soft cap.
  var cappedName: String { keepsCappedScores ? "S_capped" : "S" }
}
