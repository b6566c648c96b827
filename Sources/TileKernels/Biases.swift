@_spi(TileStorage) public import HBMSim
internal import KernelInterface

// Scores changed by another tile, element by element: a bias, or which of them count at all.

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

  private func change(
    by other: borrowing Tile<Rows, Columns>, _ kernel: (Kernels) -> Kernels.PairMap
  ) {
    precondition(other.rows == rows && other.columns == columns, "Shape mismatch")
    willChange()
    state.pointee.count(Operations(other: rows * columns))
    if let base, let other = other.base {
      kernel(state.pointee.kernels)(base, lines, lanes, stride, other)
    }
  }
}
