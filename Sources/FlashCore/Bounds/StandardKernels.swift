// Names as in Algorithms 0 and 3: S, P, dP, dS.

/// A kernel of standard attention: its operands lie in HBM, and its result goes there.
struct Kernel {
  /// Elements of its operands.
  let operands: Int
  /// Elements of its result.
  let writes: Int
  /// The terms of each element of the result, where the kernel is a product of matrices, added up.
  var multiplications = 0

  /// What is read at least: its operands once, or what its multiplications ask for.
  func reads(_ M: Double?) -> Int {
    guard let M else { return operands }
    return max(
      operands,
      LowerBound.readsOfMultiplications(Double(multiplications), sums: Double(writes), M))
  }

  /// The lines of Algorithm 0 or 3. All of S goes through HBM, whatever the mask.
  static func standard(_ pass: Pass, _ shape: AttentionShape) -> [Kernel] {
    let (d, dv) = (shape.headDim, shape.valueDim)
    let Nq = shape.matrices * shape.queries
    let Nk = shape.kvMatrices * shape.keys
    let S = Nq * shape.keys
    if pass == .forward {
      return [
        Kernel(operands: Nq * d + Nk * d, writes: S, multiplications: S * d),
        Kernel(operands: S, writes: S),
        Kernel(operands: S + Nk * dv, writes: Nq * dv, multiplications: S * dv),
      ]
    }
    return [
      // dV = PᵀdO.
      Kernel(operands: S + Nq * dv, writes: Nk * dv, multiplications: S * dv),
      // dP = dOVᵀ.
      Kernel(operands: Nq * dv + Nk * dv, writes: S, multiplications: S * dv),
      // dS from P and dP.
      Kernel(operands: 2 * S, writes: S),
      // dQ = dSK.
      Kernel(operands: S + Nk * d, writes: Nq * d, multiplications: S * d),
      // dK = dSᵀQ.
      Kernel(operands: S + Nq * d, writes: Nk * d, multiplications: S * d),
    ]
  }
}
