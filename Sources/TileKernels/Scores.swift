@_spi(TileStorage) public import HBMSim
internal import KernelInterface

// What is done to scores between their product and the softmax, besides masks.

extension Tile {
  /// Caps the elements softly: x ← cap · tanh(x / cap).
  ///
  /// At most 3 ulp off, ±cap at ±∞, NaN at NaN.
  ///
  /// - Precondition: `cap` and 1 / cap are positive and normal.
  /// - Complexity: rows · columns exponentials and 5 · rows · columns operations, no HBM access.
  public mutating func softcap(at cap: Float) {
    precondition(cap > 0 && cap.isNormal && (1 / cap).isNormal, "Cap out of range")
    let state = state  // Changed through `self`, Swift 6.3 cannot compile it for TSan.
    willChange()
    // x / c, and with e = exp(−2|x / c|) the product c · (1 − e) / (1 + e).
    state.pointee.count(Operations(exp: rows * columns, other: 5 * rows * columns))
    if let base { state.pointee.kernels.pointee.softcap(base, lines, lanes, stride, cap) }
  }

  /// Multiplies each element by the derivative of ``softcap(at:)`` where that gave `capped`:
  /// x ← x · (1 − (capped / cap)²).
  ///
  /// A score that was ruled out after capping, and so is −∞, has derivative 0. Eight roundings.
  ///
  /// - Precondition: `capped` has this tile's shape, and no other elements than −∞ and those from
  ///   −cap to cap; `cap` and 1 / cap are positive and normal.
  /// - Complexity: 4 · rows · columns operations, no HBM access.
  public mutating func scaleBySoftcapDerivative(
    of capped: borrowing Tile<Rows, Columns>, at cap: Float
  ) {
    precondition(capped.rows == rows && capped.columns == columns, "Shape mismatch")
    precondition(cap > 0 && cap.isNormal && (1 / cap).isNormal, "Cap out of range")
    let state = state  // Changed through `self`, Swift 6.3 cannot compile it for TSan.
    willChange()
    state.pointee.count(Operations(other: 4 * rows * columns))
    if let base, let values = capped.base {
      state.pointee.kernels.pointee.softcapDerivative(
        base, lines, lanes, stride, values, capped.stride, cap)
    }
  }

  /// Subtracts from each element its column's distance from the row's position:
  /// x ← x − slope · |position(row) − column|, the bias of ALiBi.
  ///
  /// Two roundings, or one where products and sums are fused; one more for distances beyond 2²⁴.
  ///
  /// - Parameters:
  ///   - slope: What a column is worth.
  ///   - position: The column that a row has no distance from, counted from the tile's first; may
  ///     be outside the tile.
  /// - Complexity: 3 · rows · columns operations, no HBM access.
  public mutating func addDistances(slope: Float, from position: (_ row: Int) -> Int) {
    let state = state  // Changed through `self`, Swift 6.3 cannot compile it for TSan.
    willChange()
    state.pointee.count(Operations(other: 3 * rows * columns))
    guard let base else { return }
    let count = paddedStride(lanes: rows)
    let positions = state.pointee.takeMemory(count)
    for row in 0..<count { positions[row] = row < rows ? Float(position(row)) : 0 }
    let kernels = state.pointee.kernels
    let map =
      isColumnMajor ? kernels.pointee.distancesVertical : kernels.pointee.distancesHorizontal
    map(base, lines, lanes, stride, positions, slope)
    state.pointee.giveMemory(positions, count)
  }
}
