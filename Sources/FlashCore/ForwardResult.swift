@_spi(Host) internal import HBMSim

/// What a forward pass leaves for the backward pass of ``Algorithm/flash2`` and
/// ``Algorithm/splitKV``.
///
///     let forward = try plan(query: q, key: k, value: v)
///     let gradients = try backwardPlan(
///       query: q, key: k, value: v, outputGradient: dO, forward: forward.forward)
public struct ForwardResult: Sendable {
  /// O, [batch, heads, queries, valueDim], of the type of the inputs.
  public let output: Tensor
  /// The log-sum-exp of every query's scores, [batch, heads, queries], f32.
  public let logSumExp: Tensor

  /// Creates a result; whether it goes with a plan is checked where it is used.
  public init(output: Tensor, logSumExp: Tensor) {
    self.output = output
    self.logSumExp = logSumExp
  }
}

extension AttentionResult {
  /// What a backward pass on the same inputs can go on from.
  public var forward: ForwardResult { ForwardResult(output: output, logSumExp: logSumExp) }
}

extension AttentionPlan {
  /// - Throws: ``AttentionError`` where the result is not of this plan's sizes and elements, or the
  ///   algorithm takes more of its forward pass.
  /// - Precondition: The plan is one of the backward pass alone.
  func check(_ forward: ForwardResult) throws(AttentionError) {
    precondition(pass == .backward, "The result of a forward pass that is planned")
    if !algorithm.resumesFromOutput {
      throw .option("\(algorithm) takes more of its forward pass than O and LSE.")
    }
    try check(
      forward.output, "output", [shape.batch, shape.heads, shape.queries, shape.valueDim])
    try check(logSumExp: forward.logSumExp)
  }

  /// O and LSE in HBM.
  func place(
    _ forward: ForwardResult, in memory: HBM
  ) -> (O: HBMTensor<Queries, ValueFeatures>, L: HBMTensor<Queries, One>) {
    (
      input("O", forward.output, shape.matrices, shape.queries, shape.valueDim, in: memory),
      input("LSE", forward.logSumExp, shape.matrices, shape.queries, 1, in: memory)
    )
  }
}
