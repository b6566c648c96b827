@_spi(TileStorage) public import HBMSim
internal import KernelInterface

/// `scale · a·bᵀ`.
///
/// - Parameter diagonals: Which elements are asked for, as a range of column − row; nil for all. The
///   others are computed, or 0: then they are to be masked before they count for anything. As an operand
///   of a product the tile must have become 0 there, and this computer may leave out what is.
/// - Precondition: `a` has as many columns as `b`.
/// - Complexity: 2 · rows · columns · depth operations, whatever is left out; no HBM access.
public func product<Rows: Axis, Columns: Axis, Depth: Axis>(
  _ a: borrowing Tile<Rows, Depth>, transposed b: borrowing Tile<Columns, Depth>,
  scaledBy scale: Float = 1, within diagonals: Range<Int>? = nil
) -> Tile<Rows, Columns> {
  precondition(a.columns == b.columns, "Shape mismatch")
  let c = Tile<Rows, Columns>(
    rows: a.rows, columns: b.rows, diagonals: diagonals, state: a.state)
  multiply(c, a.view, b.view?.transposed, depth: a.columns, scale: scale, accumulates: false)
  return c
}

extension Tile {
  /// Adds `scale · a·b` to this tile.
  ///
  /// - Precondition: `a` has as many columns as `b` has rows, and the product has this tile's shape.
  /// - Complexity: 2 · rows · columns · depth operations, no HBM access.
  public mutating func addProduct<Depth: Axis>(
    _ a: borrowing Tile<Rows, Depth>, _ b: borrowing Tile<Depth, Columns>,
    scaledBy scale: Float = 1
  ) {
    precondition(
      a.columns == b.rows && a.rows == rows && b.columns == columns, "Shape mismatch")
    multiply(self, a.view, b.view, depth: a.columns, scale: scale, accumulates: true)
  }

  /// Adds `scale · aᵀ·b` to this tile.
  ///
  /// - Precondition: `a` has as many rows as `b`, and the product has this tile's shape.
  /// - Complexity: 2 · rows · columns · depth operations, no HBM access.
  public mutating func addProduct<Depth: Axis>(
    transposed a: borrowing Tile<Depth, Rows>, _ b: borrowing Tile<Depth, Columns>,
    scaledBy scale: Float = 1
  ) {
    precondition(
      a.rows == b.rows && a.columns == rows && b.columns == columns, "Shape mismatch")
    multiply(self, a.view?.transposed, b.view, depth: a.rows, scale: scale, accumulates: true)
  }

  /// Adds `scale · a·bᵀ` to this tile.
  ///
  /// - Precondition: `a` has as many columns as `b`, and the product has this tile's shape.
  /// - Complexity: 2 · rows · columns · depth operations, no HBM access.
  public mutating func addProduct<Depth: Axis>(
    _ a: borrowing Tile<Rows, Depth>, transposed b: borrowing Tile<Columns, Depth>,
    scaledBy scale: Float = 1
  ) {
    precondition(
      a.columns == b.columns && a.rows == rows && b.rows == columns, "Shape mismatch")
    multiply(self, a.view, b.view?.transposed, depth: a.columns, scale: scale, accumulates: true)
  }

  /// How the elements lie in memory, or nil where the machine only counts.
  fileprivate var view: View? {
    base.map {
      View(
        base: $0, rowStride: isColumnMajor ? 1 : stride, columnStride: isColumnMajor ? stride : 1,
        diagonals: diagonals, tile: readOnlyNumber)
    }
  }
}

/// A matrix in memory: element (i, j) is at `base[i · rowStride + j · columnStride]`.
private struct View {
  var base: UnsafePointer<Float>
  var rowStride: Int
  var columnStride: Int
  /// Outside of these, j − i, elements are 0.
  var diagonals: Range<Int>?
  /// The tile, if it is only read.
  var tile: Int?
  /// Whether its rows are the tile's columns.
  var isTransposed = false

  var transposed: View {
    View(
      base: base, rowStride: columnStride, columnStride: rowStride, diagonals: diagonals?.negated,
      tile: tile, isTransposed: !isTransposed)
  }
}

extension Range<Int> {
  /// The negative numbers of these.
  var negated: Range { 1 - upperBound..<1 - lowerBound }
}

/// Lines of a result that do not pay for turning an operand.
private let fewLines = 8

/// `c (+)= scale · a·b`.
///
/// The kernel wants one operand in vectors along the lanes of `c`, and takes the other element by
/// element, however it lies. Where neither a load nor a product has left the first like that, it is
/// turned on the way to the registers, as a GPU's `ldmatrix.trans` does; this takes no SRAM. An input
/// that is read where it lies is copied there, if its lines crowd a few sets of the cache. What is only
/// read is turned once. For a few lines, where both operands lie along the terms of the sums, another
/// kernel takes them as they are.
private func multiply<Rows: Axis, Columns: Axis>(
  _ c: borrowing Tile<Rows, Columns>, _ a: View?, _ b: View?, depth: Int, scale: Float,
  accumulates: Bool
) {
  c.willChange()
  c.state.pointee.count(
    Operations(
      matmul: 2 * c.rows * c.columns * depth, other: scale == 1 ? 0 : c.rows * c.columns))
  guard let target = c.base, let a, let b else { return }
  let elements = c.isColumnMajor ? b.transposed : a  // line of c × depth
  let vectors = c.isColumnMajor ? a : b.transposed  // lane of c × depth
  let broadcast = BroadcastOperand(
    base: elements.base, lineStride: elements.rowStride, depthStride: elements.columnStride)
  let shape = ProductShape(
    lines: c.lines, lanes: c.lanes, depth: depth, bands: bands(c, elements, vectors))
  if c.lines <= fewLines && elements.columnStride == 1 && vectors.columnStride == 1 {
    c.state.pointee.kernels.pointee.dotProduct(
      shape, elements.base, elements.rowStride, vectors.base, vectors.rowStride, target, c.stride,
      scale, accumulates)
    return
  }
  let multiply = c.state.pointee.kernels.pointee.product

  // A few lines go down each panel once, and need nothing of it again.
  let isCrowded = c.lines > fewLines && isCrowded(stride: vectors.columnStride)
  if vectors.rowStride == 1 && !isCrowded {
    multiply(
      shape, broadcast, vectors.base, vectors.columnStride, target, c.stride, scale, accumulates)
    return
  }
  let stride = paddedStride(lanes: c.lanes)
  let (lanes, kernels) = (c.lanes, c.state.pointee.kernels)
  func turn(to turned: UnsafeMutablePointer<Float>) {
    if vectors.rowStride == 1 {
      for line in 0..<depth {
        (turned + line * stride)
          .update(from: vectors.base + line * vectors.columnStride, count: lanes)
      }
    } else {
      kernels.pointee.transpose(vectors.base, lanes, depth, vectors.rowStride, turned, stride)
    }
    for line in 0..<depth {
      (turned + line * stride + lanes).update(repeating: 0, count: stride - lanes)
    }
  }
  if let tile = vectors.tile {
    let turned = c.state.pointee.turned(
      tile: tile, isTransposed: vectors.isTransposed, floats: depth * stride, turn)
    multiply(shape, broadcast, turned, stride, target, c.stride, scale, accumulates)
  } else {
    let turned = c.state.pointee.takeMemory(depth * stride)
    turn(to: turned)
    multiply(shape, broadcast, turned, stride, target, c.stride, scale, accumulates)
    c.state.pointee.giveMemory(turned, depth * stride)
  }
}

/// What need not be computed of a product of `elements`, line × term, and `vectors`, lane × term.
private func bands<Rows: Axis, Columns: Axis>(
  _ c: borrowing Tile<Rows, Columns>, _ elements: View, _ vectors: View
) -> ProductBands? {
  if c.diagonals == nil && elements.diagonals == nil && vectors.diagonals == nil { return nil }
  return ProductBands(
    result: c.lineBand ?? ProductBands.all,
    elements: elements.diagonals?.negated ?? ProductBands.all,
    vectors: vectors.diagonals ?? ProductBands.all)
}
