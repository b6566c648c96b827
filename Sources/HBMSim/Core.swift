/// A core: what moves data between HBM and its own SRAM, and counts it.
///
/// A program holds nothing else. It cannot be made, copied or sent elsewhere by a program.
public struct Core: ~Copyable {
  let state: UnsafeMutablePointer<CoreState>

  /// From here on, traffic belongs to `phase`; a launch begins in ``Phase/main``.
  public func begin(_ phase: Phase) { state.pointee.begin(phase) }

  /// A copy of a block in SRAM.
  ///
  /// - Precondition: The SRAM that the launch declared holds it.
  /// - Complexity: rows · columns elements read from HBM.
  public func load<Rows: Axis, Columns: Axis>(
    _ block: HBMBlock<Rows, Columns>
  ) -> Tile<Rows, Columns> {
    state.pointee.count(.load, block)
    let tile = Tile<Rows, Columns>(
      rows: block.rows, columns: block.columns, elementType: block.matrix.tensor.elementType,
      state: state)
    if let source = block.base { tile.fill(from: source, stride: block.stride) }
    return tile
  }

  /// Writes a tile to a block.
  ///
  /// - Precondition: Tile and block have the same shape, and the block's tensor is no input.
  /// - Complexity: rows · columns elements written to HBM.
  public func store<Rows: Axis, Columns: Axis>(
    _ tile: borrowing Tile<Rows, Columns>, to block: HBMBlock<Rows, Columns>
  ) {
    precondition(tile.rows == block.rows && tile.columns == block.columns, "Shape mismatch")
    precondition(!block.matrix.tensor.isReadOnly, "Store to an input")
    state.pointee.count(.store, block)
    if let target = block.base { tile.copy(to: target, stride: block.stride) }
  }

  /// Writes a constant to a block.
  ///
  /// - Precondition: The block's tensor is no input.
  /// - Complexity: rows · columns elements written to HBM.
  public func fill<Rows: Axis, Columns: Axis>(_ block: HBMBlock<Rows, Columns>, with value: Float) {
    precondition(!block.matrix.tensor.isReadOnly, "Store to an input")
    state.pointee.count(.store, block)
    if let target = block.base {
      for row in 0..<block.rows {
        (target + row * block.stride).update(repeating: value, count: block.columns)
      }
    }
  }

  /// A tile of zeros, computed in SRAM.
  ///
  /// - Precondition: The SRAM that the launch declared holds it.
  /// - Complexity: No HBM access.
  public func zeros<Rows: Axis, Columns: Axis>(_ rows: Int, _ columns: Int) -> Tile<Rows, Columns> {
    constant(0, rows, columns)
  }

  /// A vector of equal elements, computed in SRAM.
  ///
  /// - Precondition: The SRAM that the launch declared holds it.
  /// - Complexity: No HBM access.
  public func vector<Elements: Axis>(
    _ count: Int, repeating value: Float
  ) -> TileVector<Elements> {
    constant(value, count, 1)
  }

  private func constant<Rows: Axis, Columns: Axis>(
    _ value: Float, _ rows: Int, _ columns: Int
  ) -> Tile<Rows, Columns> {
    let tile = Tile<Rows, Columns>(rows: rows, columns: columns, state: state)
    if let base = tile.base { base.update(repeating: value, count: tile.memory) }
    return tile
  }
}
