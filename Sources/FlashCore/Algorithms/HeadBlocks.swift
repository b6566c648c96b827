internal import HBMSim

/// The matrices of a tensor, each cut into blocks of rows.
struct HeadBlocks<Rows: Axis, Columns: Axis>: Sendable {
  private let tensor: HBMTensor<Rows, Columns>
  private let size: Int

  init(_ tensor: HBMTensor<Rows, Columns>, rows size: Int) {
    self.tensor = tensor
    self.size = size
  }

  /// The blocks of matrix `index`.
  subscript(index: Int) -> HBMRowBlocks<Rows, Columns> { tensor[index].blocks(rows: size) }
}

/// The matrices of a tensor, each cut into blocks.
struct HeadGrid<Rows: Axis, Columns: Axis>: Sendable {
  private let tensor: HBMTensor<Rows, Columns>
  private let blocks: Blocks

  init(_ tensor: HBMTensor<Rows, Columns>, _ blocks: Blocks) {
    self.tensor = tensor
    self.blocks = blocks
  }

  /// The blocks of matrix `index`.
  subscript(index: Int) -> HBMBlocks<Rows, Columns> {
    tensor[index].blocks(rows: blocks.rows, columns: blocks.columns)
  }
}
