@_spi(TileStorage) public import HBMSim
internal import KernelInterface

/// p ∘ (g − d), row by row, in the memory of g: the gradient of a softmax's argument, where p is its
/// value, g the gradient of that, and d = rowsum(p ∘ g).
///
/// In the backward pass, dSᵢⱼ = Pᵢⱼ ∘ (dPᵢⱼ − Dᵢ). Two roundings.
///
/// - Precondition: `p` has the shape of `g`, and `d` an element a row.
/// - Complexity: 2 · rows · columns operations, no HBM access.
public func softmaxGradient<Rows: Axis, Columns: Axis>(
  _ p: borrowing Tile<Rows, Columns>, _ g: consuming Tile<Rows, Columns>,
  minus d: borrowing TileVector<Rows>
) -> Tile<Rows, Columns> {
  g.becomeSoftmaxGradient(of: p, minus: d)
  return g
}

/// The sum of the element-by-element product, row by row: rowsum(a ∘ b).
///
/// - Precondition: `a` has the shape of `b`.
/// - Complexity: 2 · rows · columns operations, no HBM access.
public func rowSumOfProducts<Rows: Axis, Columns: Axis>(
  _ a: borrowing Tile<Rows, Columns>, _ b: borrowing Tile<Rows, Columns>
) -> TileVector<Rows> {
  precondition(a.rows == b.rows && a.columns == b.columns, "Shape mismatch")
  a.state.pointee.count(Operations(other: 2 * a.rows * a.columns))
  let result = TileVector<Rows>(rows: a.rows, columns: 1, state: a.state)
  if let left = a.base, let right = b.base, let target = result.base {
    (target + a.rows).update(repeating: 0, count: result.stride - a.rows)
    let kernels = a.state.pointee.kernels
    let kernel =
      a.isColumnMajor ? kernels.pointee.productSumVertical : kernels.pointee.productSumHorizontal
    kernel(left, right, a.lines, a.lanes, a.stride, b.stride, target)
  }
  return result
}

extension Tile {
  /// g ← p ∘ (g − d), row by row.
  fileprivate func becomeSoftmaxGradient(
    of p: borrowing Tile<Rows, Columns>, minus d: borrowing TileVector<Rows>
  ) {
    precondition(p.rows == rows && p.columns == columns && d.rows == rows, "Shape mismatch")
    willChange()
    state.pointee.count(Operations(other: 2 * rows * columns))
    if let base, let weights = p.base, let d = d.base {
      let kernels = state.pointee.kernels
      let map =
        isColumnMajor
        ? kernels.pointee.softmaxGradientVertical : kernels.pointee.softmaxGradientHorizontal
      map(base, lines, lanes, stride, weights, p.stride, d)
    }
  }
}
