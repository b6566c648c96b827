@_spi(TileStorage) public import HBMSim
internal import KernelInterface

extension Tile {
  /// Sets what lies outside a range of columns to −∞, row by row.
  ///
  /// - Parameter range: The columns that are kept of a row, counted from the tile's first; may go
  ///   beyond the tile.
  /// - Complexity: rows · columns operations, no HBM access.
  public mutating func keepColumns(in range: (_ row: Int) -> Range<Int>) {
    let state = state  // Changed through `self`, Swift 6.3 cannot compile it for TSan.
    willChange()
    state.pointee.count(Operations(other: rows * columns))
    let kernels = state.pointee.kernels
    rule(
      isColumnMajor ? kernels.pointee.keepVertical : kernels.pointee.keepHorizontal, range,
      padding: columns)
  }

  /// Sets what lies within a range of columns to −∞, row by row.
  ///
  /// - Parameter range: The columns that are dropped of a row, counted from the tile's first; may go
  ///   beyond the tile.
  /// - Complexity: rows · columns operations, no HBM access.
  public mutating func dropColumns(in range: (_ row: Int) -> Range<Int>) {
    let state = state  // Changed through `self`, Swift 6.3 cannot compile it for TSan.
    willChange()
    state.pointee.count(Operations(other: rows * columns))
    let kernels = state.pointee.kernels
    rule(
      isColumnMajor ? kernels.pointee.dropVertical : kernels.pointee.dropHorizontal, range,
      padding: 0)
  }

  /// Rows of the padding have the range from 0 to `padding`: none of their elements becomes −∞.
  private func rule(
    _ kernel: Kernels.Ruling, _ range: (Int) -> Range<Int>, padding: Int
  ) {
    guard let base else { return }
    let count = paddedStride(lanes: rows)
    let bounds = state.pointee.takeMemory(2 * count)
    for row in 0..<rows {
      // Within the tile, so that every bound is exact as a float.
      let kept = range(row).clamped(to: 0..<columns)
      bounds[row] = Float(kept.lowerBound)
      bounds[count + row] = Float(kept.upperBound)
    }
    for row in rows..<count {
      bounds[row] = 0
      bounds[count + row] = Float(padding)
    }
    kernel(base, lines, lanes, stride, bounds, bounds + count)
    state.pointee.giveMemory(bounds, 2 * count)
  }
}
