@_spi(TileStorage) public import HBMSim
internal import KernelInterface

/// The greatest element of each row; NaN is passed over, and a row of nothing else gives −∞.
///
/// - Complexity: rows · columns operations, no HBM access.
public func rowMax<Rows: Axis, Columns: Axis>(
  _ tile: borrowing Tile<Rows, Columns>
) -> TileVector<Rows> {
  let kernels = tile.state.pointee.kernels
  return reduce(
    tile, tile.isColumnMajor ? kernels.pointee.maximumVertical : kernels.pointee.maximumHorizontal)
}

/// The sum of each row.
///
/// - Complexity: rows · columns operations, no HBM access.
public func rowSum<Rows: Axis, Columns: Axis>(
  _ tile: borrowing Tile<Rows, Columns>
) -> TileVector<Rows> {
  let kernels = tile.state.pointee.kernels
  return reduce(
    tile, tile.isColumnMajor ? kernels.pointee.sumVertical : kernels.pointee.sumHorizontal)
}

/// exp(tile − m), row by row, in the tile's own memory.
///
/// At most 2 ulp off, exactly 0 where the tile is −∞, also in rows whose `m` is −∞ itself: a row
/// without any finite element has no weights, and no NaN.
///
/// - Precondition: `m` has an element a row, none below its row's elements by more than 88.
/// - Complexity: rows · columns exponentials and as many operations, no HBM access.
public func exp<Rows: Axis, Columns: Axis>(
  _ tile: consuming Tile<Rows, Columns>, minus m: borrowing TileVector<Rows>
) -> Tile<Rows, Columns> {
  tile.becomeExponential(minus: m)
  return tile
}

/// exp(tile − m), as ``exp(_:minus:)``, with the sum of each row added to its element of `sums`: one pass
/// where ``rowSum(_:)`` would be another.
///
/// - Precondition: `m` and `sums` have an element a row, no element of `m` is below its row's elements by
///   more than 88.
/// - Complexity: rows · columns exponentials and twice as many operations, no HBM access.
public func exp<Rows: Axis, Columns: Axis>(
  _ tile: consuming Tile<Rows, Columns>, minus m: borrowing TileVector<Rows>,
  addingRowSumsTo sums: inout TileVector<Rows>
) -> Tile<Rows, Columns> {
  tile.becomeExponential(minus: m, addingRowSumsTo: sums)
  return tile
}

extension Tile {
  /// Multiplies each row by its factor.
  ///
  /// - Precondition: `factors` has an element a row.
  /// - Complexity: rows · columns operations, no HBM access.
  public mutating func scaleRows(by factors: borrowing TileVector<Rows>) {
    precondition(factors.rows == rows, "Shape mismatch")
    let state = state  // Changed through `self`, Swift 6.3 cannot compile it for TSan.
    willChange()
    state.pointee.count(Operations(other: rows * columns))
    if let base, let factors = factors.base { scale(base, by: factors) }
  }

  /// Divides each row by its divisor; a row whose divisor is 0 becomes 0.
  ///
  /// - Precondition: `divisors` has an element a row.
  /// - Complexity: rows · (columns + 1) operations, no HBM access.
  public mutating func divideRows(by divisors: borrowing TileVector<Rows>) {
    precondition(divisors.rows == rows, "Shape mismatch")
    let state = state  // Changed through `self`, Swift 6.3 cannot compile it for TSan.
    willChange()
    state.pointee.count(Operations(other: rows * (columns + 1)))
    guard let base, let divisors = divisors.base else { return }
    let count = paddedStride(lanes: rows)
    let reciprocals = state.pointee.takeMemory(count)
    for i in 0..<count { reciprocals[i] = divisors[i] == 0 ? 0 : 1 / divisors[i] }
    scale(base, by: reciprocals)
    state.pointee.giveMemory(reciprocals, count)
  }

  /// tile ← exp(tile − m), row by row.
  func becomeExponential(minus m: borrowing TileVector<Rows>) { exponentiate(minus: m, nil) }

  /// tile ← exp(tile − m), row by row, and `sums` ← sums + rowsum(tile).
  func becomeExponential(
    minus m: borrowing TileVector<Rows>, addingRowSumsTo sums: borrowing TileVector<Rows>
  ) {
    precondition(sums.rows == rows, "Shape mismatch")
    sums.willChange()
    state.pointee.count(Operations(other: rows * columns))
    exponentiate(minus: m, sums.base)
  }

  private func exponentiate(
    minus m: borrowing TileVector<Rows>, _ sums: UnsafeMutablePointer<Float>?
  ) {
    precondition(m.rows == rows, "Shape mismatch")
    willChange()
    state.pointee.count(Operations(exp: rows * columns, other: rows * columns))
    guard let base, let m = m.base else { return }
    guard let band = lineBand else {
      exponentiate(base, lines, lanes, m, sums)
      return
    }
    // What a mask has left nothing of becomes 0 without an exponential.
    let vector = Kernels.padding
    for first in Swift.stride(from: 0, to: lines, by: vector) {
      let end = min(first + vector, lines)
      let inside = (first - band.upperBound + 1..<end - band.lowerBound).clamped(to: 0..<lanes)
      let start = inside.lowerBound / vector * vector
      let rest = min((inside.upperBound + vector - 1) / vector * vector, lanes)
      let parameter = isColumnMajor ? start : first
      exponentiate(
        base + first * stride + start, end - first, rest - start, m + parameter,
        sums.map { $0 + parameter })
      for line in first..<end {
        let line = base + line * stride
        line.update(repeating: 0, count: start)
        (line + rest).update(repeating: 0, count: lanes - rest)
      }
    }
  }

  private func exponentiate(
    _ x: UnsafeMutablePointer<Float>, _ lines: Int, _ lanes: Int, _ m: UnsafePointer<Float>,
    _ sums: UnsafeMutablePointer<Float>?
  ) {
    let kernels = state.pointee.kernels
    switch (isColumnMajor, sums) {
    case (true, let sums?): kernels.pointee.exponentialSumVertical(x, lines, lanes, stride, m, sums)
    case (false, let sums?):
      kernels.pointee.exponentialSumHorizontal(x, lines, lanes, stride, m, sums)
    case (true, nil): kernels.pointee.exponentialVertical(x, lines, lanes, stride, m)
    case (false, nil): kernels.pointee.exponentialHorizontal(x, lines, lanes, stride, m)
    }
  }

  /// The elements that were asked for, as line − lane; all, if nil.
  var lineBand: Range<Int>? { isColumnMajor ? diagonals : diagonals?.negated }

  private func scale(_ base: UnsafeMutablePointer<Float>, by factors: UnsafePointer<Float>) {
    let kernels = state.pointee.kernels
    let map = isColumnMajor ? kernels.pointee.scaleVertical : kernels.pointee.scaleHorizontal
    map(base, lines, lanes, stride, factors)
  }
}

private func reduce<Rows: Axis, Columns: Axis>(
  _ tile: borrowing Tile<Rows, Columns>,
  _ kernel: (UnsafePointer<Float>, Int, Int, Int, UnsafeMutablePointer<Float>) -> Void
) -> TileVector<Rows> {
  tile.state.pointee.count(Operations(other: tile.rows * tile.columns))
  let result = TileVector<Rows>(rows: tile.rows, columns: 1, state: tile.state)
  if let base = tile.base, let target = result.base {
    (target + tile.rows).update(repeating: 0, count: result.stride - tile.rows)
    kernel(base, tile.lines, tile.lanes, tile.stride, target)
  }
  return result
}
