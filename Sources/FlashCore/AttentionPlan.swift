@_spi(Host) public import HBMSim

/// Attention that is ready to run: sizes checked, blocks chosen, memory enough.
public struct AttentionPlan: Sendable {
  /// The algorithm.
  public let algorithm: Algorithm
  /// The sizes.
  public let shape: AttentionShape
  /// The block sizes, no larger than the problem.
  public let blocks: Blocks
  /// The factor of the scores before the softmax, τ.
  public let scale: Float
  /// The machine that it runs on.
  public let machine: Machine

  /// Plans attention.
  ///
  /// - Parameters:
  ///   - scale: τ, by default 1/√d.
  /// - Throws: ``AttentionError`` where blocks do not fit into the machine's SRAM, or the problem not
  ///   into this computer's memory.
  public init(
    _ algorithm: Algorithm, shape: AttentionShape, scale: Float? = nil, tiling: Tiling = .fit,
    on machine: Machine
  ) throws(AttentionError) {
    self.algorithm = algorithm
    self.shape = shape
    self.scale = scale ?? 1 / Float(shape.headDim).squareRoot()
    self.machine = machine
    blocks = try tiling.blocks(for: algorithm, shape, sram: machine.sram)
    let available = HostProcessor.availableMemory
    if requiredMemory > available {
      throw .insufficientMemory(
        algorithm: algorithm, needed: requiredMemory, available: available)
    }
  }

  /// The SRAM that a core occupies at most, in bytes.
  public var footprint: Int { algorithm.forward.footprint(blocks, shape, sram: machine.sram) }

  /// What will move, from the sizes alone, by phase and tensor.
  public var closedForm: Ledger { algorithm.forward.closedForm(blocks, shape, sram: machine.sram) }

  /// How many grids running launches, one after another.
  public var launches: Int { algorithm.forward.launches }

  /// The memory of this computer that running takes beside the inputs, in bytes: what the algorithm
  /// keeps in HBM, and the tiles of every thread.
  public var requiredMemory: Int {
    if machine.mode == .count { return 0 }
    return 4 * algorithm.forward.hbmElements(shape) + machine.threads * footprint
  }

  /// Runs attention.
  ///
  /// - Parameters:
  ///   - query: Q, [batch, heads, queries, headDim].
  ///   - key: K, [batch, kvHeads, keys, headDim].
  ///   - value: V, [batch, kvHeads, keys, valueDim].
  /// - Throws: ``AttentionError`` where the tensors have other shapes than planned.
  /// - Precondition: The machine executes.
  public func callAsFunction(
    query: Tensor, key: Tensor, value: Tensor
  ) throws(AttentionError) -> AttentionResult {
    precondition(machine.mode == .execute, "A machine that only counts has no results")
    try check(query, "query", [shape.batch, shape.heads, shape.queries, shape.headDim])
    try check(key, "key", [shape.batch, shape.kvHeads, shape.keys, shape.headDim])
    try check(value, "value", [shape.batch, shape.kvHeads, shape.keys, shape.valueDim])
    let memory = machine.makeMemory()
    let kvMatrices = shape.batch * shape.kvHeads
    let result = try run(
      memory,
      memory.place(
        "Q", query.buffer, matrices: shape.matrices, rows: shape.queries, columns: shape.headDim),
      memory.place(
        "K", key.buffer, matrices: kvMatrices, rows: shape.keys, columns: shape.headDim),
      memory.place(
        "V", value.buffer, matrices: kvMatrices, rows: shape.keys, columns: shape.valueDim))
    guard let output = result.output, let logSumExp = result.logSumExp else {
      preconditionFailure("An executed algorithm without results")
    }
    return AttentionResult(
      output: Tensor(
        shape: [shape.batch, shape.heads, shape.queries, shape.valueDim], trusted: output),
      logSumExp: Tensor(
        shape: [shape.batch, shape.heads, shape.queries], trusted: logSumExp()),
      execution: result.execution)
  }

  /// Counts what attention would move and compute, without computing it.
  ///
  /// - Throws: ``AttentionError/launch(_:)``.
  /// - Precondition: The machine only counts.
  public func count() throws(AttentionError) -> Execution {
    precondition(machine.mode == .count, "A machine that executes needs tensors")
    let memory = machine.makeMemory()
    let kvMatrices = shape.batch * shape.kvHeads
    return try run(
      memory,
      memory.placeholder(
        "Q", matrices: shape.matrices, rows: shape.queries, columns: shape.headDim),
      memory.placeholder("K", matrices: kvMatrices, rows: shape.keys, columns: shape.headDim),
      memory.placeholder("V", matrices: kvMatrices, rows: shape.keys, columns: shape.valueDim)
    ).execution
  }

  private func run(
    _ memory: HBM, _ Q: HBMTensor<Queries, Features>, _ K: HBMTensor<Keys, Features>,
    _ V: HBMTensor<Keys, ValueFeatures>
  ) throws(AttentionError) -> ForwardResult {
    do throws(LaunchError) {
      return try algorithm.forward.run(
        ForwardProblem(
          shape: shape, blocks: blocks, scale: scale, machine: machine, memory: memory,
          Q: Q, K: K, V: V))
    } catch {
      throw .launch(error)
    }
  }

  private func check(
    _ tensor: Tensor, _ name: String, _ expected: [Int]
  ) throws(AttentionError) {
    if tensor.shape.count != 4 { throw .wrongRank(tensor: name, shape: tensor.shape) }
    let names = ["batches", "heads", "tokens", "features"]
    for ((planned, given), what) in zip(zip(expected, tensor.shape), names) where planned != given {
      throw .shapesDisagree(what: what, first: "plan of the \(name)", planned, second: name, given)
    }
  }
}
