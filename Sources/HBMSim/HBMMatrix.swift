internal import KernelInterface

/// The axis of a vector's only column.
public enum One: Axis {}

/// A vector in HBM: a matrix of one column.
public typealias HBMVector<Elements: Axis> = HBMMatrix<Elements, One>

/// Equal matrices in HBM, one a (batch, head), under one name.
///
/// A handle, valid as long as its ``HBM``.
public struct HBMTensor<Rows: Axis, Columns: Axis>: @unchecked Sendable {
  /// How many matrices.
  public let matrices: Int
  /// Rows of each.
  public let rows: Int
  /// Columns of each.
  public let columns: Int
  let slot: Int
  let base: UnsafeMutableRawPointer?
  let elementType: ElementType
  let isReadOnly: Bool

  /// Matrix `index`.
  public subscript(index: Int) -> HBMMatrix<Rows, Columns> {
    precondition(0 <= index && index < matrices, "Matrix out of range")
    return HBMMatrix(tensor: self, index: index)
  }
}

/// A row-major matrix in HBM.
///
/// It has no elements that a program could read: a block of it can be loaded into SRAM, where it is
/// a ``Tile``, and a tile can be stored to a block.
public struct HBMMatrix<Rows: Axis, Columns: Axis>: Sendable {
  let tensor: HBMTensor<Rows, Columns>
  let index: Int

  /// Rows.
  public var rows: Int { tensor.rows }
  /// Columns.
  public var columns: Int { tensor.columns }

  /// The matrix cut into blocks of whole rows; the last is what is left.
  public func blocks(rows size: Int) -> HBMRowBlocks<Rows, Columns> {
    HBMRowBlocks(grid: blocks(rows: size, columns: columns))
  }

  /// The matrix cut into blocks; the last of each row and column are what is left.
  public func blocks(rows: Int, columns: Int) -> HBMBlocks<Rows, Columns> {
    precondition(rows > 0 && columns > 0, "Empty block")
    return HBMBlocks(
      matrix: self, blockRows: min(rows, self.rows), blockColumns: min(columns, self.columns))
  }
}

/// A matrix in HBM, cut into blocks of whole rows.
public struct HBMRowBlocks<Rows: Axis, Columns: Axis>: Sendable {
  let grid: HBMBlocks<Rows, Columns>

  /// The numbers of the blocks.
  public var indices: Range<Int> { grid.rowIndices }

  /// Columns of each block.
  public var columns: Int { grid.blockColumns }

  /// Block `i`.
  public subscript(i: Int) -> HBMBlock<Rows, Columns> { grid[i, 0] }
}

/// A matrix in HBM, cut into blocks.
public struct HBMBlocks<Rows: Axis, Columns: Axis>: Sendable {
  let matrix: HBMMatrix<Rows, Columns>
  let blockRows: Int
  let blockColumns: Int

  /// The numbers of the rows of blocks.
  public var rowIndices: Range<Int> { 0..<(matrix.rows + blockRows - 1) / blockRows }

  /// The numbers of the columns of blocks.
  public var columnIndices: Range<Int> { 0..<(matrix.columns + blockColumns - 1) / blockColumns }

  /// Block (i, j).
  public subscript(i: Int, j: Int) -> HBMBlock<Rows, Columns> {
    precondition(rowIndices.contains(i) && columnIndices.contains(j), "Block out of range")
    let row = i * blockRows
    let column = j * blockColumns
    return HBMBlock(
      matrix: matrix, firstRow: row, firstColumn: column,
      rows: min(blockRows, matrix.rows - row),
      columns: min(blockColumns, matrix.columns - column))
  }
}

/// A block of a matrix in HBM.
public struct HBMBlock<Rows: Axis, Columns: Axis>: Sendable {
  let matrix: HBMMatrix<Rows, Columns>
  let firstRow: Int
  let firstColumn: Int
  /// Rows.
  public let rows: Int
  /// Columns.
  public let columns: Int

  /// Elements.
  public var count: Int { rows * columns }

  /// The elements, or nil where the machine only counts.
  var elements: HBMElements? {
    matrix.tensor.base.map {
      let stride = matrix.columns
      let first = (matrix.index * matrix.rows + firstRow) * stride + firstColumn
      let type = matrix.tensor.elementType
      return HBMElements(base: $0 + first * type.size, stride: stride, type: type)
    }
  }
}

extension HBMBlock {
  /// Whether a tile may read the elements where they are: no program changes them, and every row is whole
  /// vectors of floats, so that there is no padding beside it.
  var canBeViewed: Bool {
    matrix.tensor.isReadOnly && matrix.tensor.elementType == .f32
      && columns % Kernels.padding == 0 && columns > 0
  }
}

/// Where the elements of a block lie, row by row.
struct HBMElements {
  /// The first element.
  let base: UnsafeMutableRawPointer
  /// Elements from a row to the next.
  let stride: Int
  /// The type of all.
  let type: ElementType

  /// The first element of a row.
  func row(_ index: Int) -> UnsafeMutableRawPointer { base + index * stride * type.size }

  /// The first element, where all are floats.
  var floats: UnsafeMutablePointer<Float>? {
    type == .f32 ? base.assumingMemoryBound(to: Float.self) : nil
  }
}
