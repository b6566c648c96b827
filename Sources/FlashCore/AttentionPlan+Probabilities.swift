internal import HBMSim

extension AttentionPlan {
  /// The attention weights P = softmax(S), ready to be computed block by block.
  ///
  ///     let result = try plan(query: q, key: k, value: v)
  ///     let weights = try plan.probabilities(query: q, key: k, logSumExp: result.logSumExp)
  ///     try weights.compute { batch, head, rows, block in print(batch, head, rows, block.values) }
  ///
  /// FlashAttention never has them in HBM. They are computed again, from Q, K and what the forward pass
  /// leaves of the softmax: Pᵢⱼ = exp(Sᵢⱼ − LSEᵢ). This costs a kernel of its own, whose traffic is none
  /// of the plan's.
  ///
  /// - Parameters:
  ///   - query: Q, [batch, heads, queries, headDim].
  ///   - key: K, [batch, kvHeads, keys, headDim].
  ///   - mask: The mask, where the options have a mask tensor.
  ///   - bias: The bias, where the options have one.
  ///   - logSumExp: What the plan's ``AttentionResult/logSumExp`` is, [batch, heads, queries], f32.
  /// - Throws: ``AttentionError`` where the tensors have other shapes or elements than planned, or a
  ///   core or this computer has too little memory.
  /// - Precondition: The machine executes, and there are a mask and a bias if the options have them.
  public func probabilities(
    query: Tensor, key: Tensor, logSumExp: Tensor, mask: Tensor? = nil, bias: Tensor? = nil
  ) throws(AttentionError) -> AttentionProbabilities {
    precondition(machine.mode == .execute, "A machine that only counts has no results")
    try check(query, "query", [shape.batch, shape.heads, shape.queries, shape.headDim])
    try check(key, "key", [shape.batch, shape.kvHeads, shape.keys, shape.headDim])
    _ = try scoreTensors(mask: mask, bias: bias, in: machine.makeMemory())
    try check(logSumExp: logSumExp)
    guard let blocks = Probabilities.blocks(within: blocks, request) else {
      let least = Probabilities.footprint(Blocks(rows: 1, columns: 1), request)
      throw .launch(
        .insufficientSRAM(needed: least, available: machine.sram.byteCount ?? 0))
    }
    let probabilities = AttentionProbabilities(
      self, blocks, query: query, key: key, logSumExp: logSumExp, mask: mask, bias: bias)
    let (needed, available) = (probabilities.requiredMemory, HostProcessor.availableMemory)
    if needed > available {
      throw .insufficientMemory(algorithm: algorithm, needed: needed, available: available)
    }
    return probabilities
  }
}
