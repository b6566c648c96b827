@_spi(TileStorage) public import HBMSim
internal import KernelInterface

// Scores and weights changed by another tile, element by element: a bias, or which of them count.

extension Tile {
  /// Adds to each element that of another tile in its place.
  ///
  /// - Precondition: `other` has this tile's shape.
  /// - Complexity: rows · columns operations, no HBM access.
  public mutating func addElements(of other: borrowing Tile<Rows, Columns>) {
    change(by: other) { $0.add }
  }

  /// Subtracts from each element that of another tile in its place.
  ///
  /// - Precondition: `other` has this tile's shape.
  /// - Complexity: rows · columns operations, no HBM access.
  public mutating func subtractElements(of other: borrowing Tile<Rows, Columns>) {
    change(by: other) { $0.subtract }
  }

  /// Sets each element to −∞, whatever it was, where that of another tile in its place is 0.
  ///
  /// Elements where the other's is NaN are kept.
  ///
  /// - Precondition: `other` has this tile's shape.
  /// - Complexity: rows · columns operations, no HBM access.
  public mutating func keepElements(where other: borrowing Tile<Rows, Columns>) {
    change(by: other) { $0.ruleOut }
  }

  /// Multiplies each element by a factor, and sets it to 0, whatever it was, where that of another tile
  /// in its place is 0.
  ///
  /// Elements where the other's is NaN are kept. One rounding; none with a factor of 1.
  ///
  /// - Precondition: `other` has this tile's shape.
  /// - Complexity: rows · columns operations, no HBM access.
  public mutating func scaleElements(
    by factor: Float, where other: borrowing Tile<Rows, Columns>
  ) {
    change(by: other) { kernels in
      let scale = kernels.scaleWhere
      return { scale($0, $1, $2, $3, $4, $5, factor) }
    }
  }

  private func change(
    by other: borrowing Tile<Rows, Columns>, _ kernel: (Kernels) -> Kernels.PairMap
  ) {
    precondition(other.rows == rows && other.columns == columns, "Shape mismatch")
    willChange()
    state.pointee.count(Operations(other: rows * columns))
    if let base, let values = other.base {
      kernel(state.pointee.kernels.pointee)(base, lines, lanes, stride, values, other.stride)
    }
  }
}
