import NaiveAttention

extension Inputs {
  /// Standard normal data of the shape of the output.
  func normalOutputGradient(seed: UInt64) -> [Float] {
    var generator = SplitMix64(state: seed)
    return (0..<shape.outputCount).map { _ in generator.normal() }
  }

  func gradients(
    of outputGradient: [Float]?, scale: Float? = nil, rules: Rules = Rules(),
    threads: Int? = nil
  ) throws -> ReferenceGradients {
    try referenceGradients(
      query: query.span, key: key.span, value: value.span, outputGradient: outputGradient?.span,
      shape: shape, scale: scale, rules: rules.scoreRules(shape), threads: threads)
  }

  func gradients(
    of outputGradient: [Float], rules: Rules, threads: Int? = nil, blockElements: Int
  ) throws -> ReferenceGradients {
    try referenceGradients(
      query: query.span, key: key.span, value: value.span, outputGradient: outputGradient.span,
      shape: shape, scale: nil, rules: rules.scoreRules(shape), threads: threads,
      blockElements: blockElements)
  }
}

extension ReferenceGradients {
  /// O, LSE, dQ, dK, dV; empty where not asked for.
  var tensors: [[Double]] {
    [output, logSumExp, queryGradient ?? [], keyGradient ?? [], valueGradient ?? []]
  }
}
