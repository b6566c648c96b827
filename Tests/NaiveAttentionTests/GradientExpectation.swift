import NaiveAttention
import Testing

/// Expects `result` to be within the bounds of rounding.
func expect(
  _ result: ReferenceGradients, toBe expected: GradientDefinition, _ input: Inputs,
  _ outputGradient: [Float], scale: Float? = nil, rules: Rules = Rules(),
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let forward = ErrorBounds.float64(input, scale: scale, rules: rules)
  let backward = GradientBounds(input, outputGradient: outputGradient, scale: scale, rules: rules)
  let bounds = [
    forward.output, forward.logSumExp, backward.query, backward.key, backward.value,
  ]
  let wanted = [
    expected.output, expected.logSumExp, expected.queryGradient, expected.keyGradient,
    expected.valueGradient,
  ]
  for (index, name) in ["O", "LSE", "dQ", "dK", "dV"].enumerated() {
    let difference = distance(result.tensors[index], wanted[index])
    #expect(difference <= bounds[index], "\(name)", sourceLocation: sourceLocation)
  }
}
