/// What attention computes from queries, keys and values.
public struct AttentionResult<Element: BinaryFloatingPoint & Sendable>: Sendable {
  /// The rows Oᵢ = Σⱼ Pᵢⱼ Vⱼ, with dropout Σⱼ Pᵢⱼ Zᵢⱼ Vⱼ, as [batch, heads, rows, valueDim].
  public let output: [Element]

  /// The normalisers log Σⱼ exp(Sᵢⱼ), natural logarithms, as [batch, heads, rows].
  public let logSumExp: [Element]
}
