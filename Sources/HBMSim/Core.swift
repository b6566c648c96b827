/// A core: what moves data between HBM and its own SRAM, and counts it.
///
/// A program holds nothing else. It cannot be made, copied or sent elsewhere by a program.
public struct Core: ~Copyable {
  let state: UnsafeMutablePointer<CoreState>

  /// From here on, traffic belongs to `phase`; a launch begins in ``Phase/main``.
  public func begin(_ phase: Phase) { state.pointee.begin(phase) }

  /// Waits until the program before this one has passed a step; it may store where this one then loads.
  ///
  /// Steps are numbers from 0 that programs give to what they do, and pass in ascending order; some may
  /// be left out. The first program of a chain waits for nobody, and a program that ends has passed all.
  ///
  /// - Precondition: Programs of the launch take turns.
  /// - Complexity: No HBM access.
  public func awaitTurn(_ step: Int) { turns.wait(program: state.pointee.program, step: step) }

  /// Passes a step: the program after this one may take its turn, and finds what this one stored.
  ///
  /// - Precondition: Programs of the launch take turns, and this one has awaited its own.
  /// - Complexity: No HBM access.
  public func passTurn(_ step: Int) { turns.pass(program: state.pointee.program, step: step) }

  private var turns: Turns {
    guard let turns = state.pointee.turns else {
      preconditionFailure("Turns in a launch without a chain")
    }
    return turns
  }

  /// A copy of a block in SRAM, of elements as in HBM: to be read.
  ///
  /// - Precondition: The SRAM that the launch declared holds it.
  /// - Complexity: rows · columns elements read from HBM.
  public func load<Rows: Axis, Columns: Axis>(
    _ block: HBMBlock<Rows, Columns>
  ) -> Tile<Rows, Columns> {
    state.pointee.count(.load, block)
    if let source = block.elements, block.canBeViewed, Rows.self != state.pointee.lanes {
      return Tile(viewing: source, rows: block.rows, columns: block.columns, state: state)
    }
    return copy(block, as: block.matrix.tensor.elementType, isReadOnly: true)
  }

  /// Copies of equal blocks in SRAM, of elements as in HBM, one below the other in a tile: to be read.
  ///
  /// - Precondition: There is a block, and all have the same shape; with more than one, SIMD lanes do not
  ///   run along their rows. The SRAM that the launch declared holds them.
  /// - Complexity: rows · columns elements read from HBM, a block.
  public func load<Rows: Axis, Columns: Axis>(
    stacking blocks: [HBMBlock<Rows, Columns>]
  ) -> Tile<Rows, Columns> {
    precondition(!blocks.isEmpty, "No block")
    if blocks.count == 1 { return load(blocks[0]) }
    let (rows, columns) = (blocks[0].rows, blocks[0].columns)
    let stack = Tile<Rows, Columns>(
      rows: blocks.count * rows, columns: columns,
      elementType: blocks[0].matrix.tensor.elementType, isReadOnly: true, state: state)
    precondition(!stack.isColumnMajor, "Parts of lines")
    for (index, block) in blocks.enumerated() {
      precondition(block.rows == rows && block.columns == columns, "Shape mismatch")
      state.pointee.count(.load, block)
      if let source = block.elements {
        Tile(part: index, of: blocks.count, stack).fill(from: source)
      }
    }
    return stack
  }

  /// A copy of a block in SRAM, of f32 elements: to be changed.
  ///
  /// - Precondition: The SRAM that the launch declared holds it.
  /// - Complexity: rows · columns elements read from HBM.
  public func loadWidened<Rows: Axis, Columns: Axis>(
    _ block: HBMBlock<Rows, Columns>
  ) -> Tile<Rows, Columns> {
    state.pointee.count(.load, block)
    return copy(block, as: .f32, isReadOnly: false)
  }

  private func copy<Rows: Axis, Columns: Axis>(
    _ block: HBMBlock<Rows, Columns>, as type: ElementType, isReadOnly: Bool
  ) -> Tile<Rows, Columns> {
    let tile = Tile<Rows, Columns>(
      rows: block.rows, columns: block.columns, elementType: type, isReadOnly: isReadOnly,
      state: state)
    if let source = block.elements { tile.fill(from: source) }
    return tile
  }

  /// Writes a tile to a block, rounded to the type of its elements; as truth values, what is not 0 is
  /// true.
  ///
  /// - Precondition: Tile and block have the same shape, and the block's tensor is no input.
  /// - Complexity: rows · columns elements written to HBM.
  public func store<Rows: Axis, Columns: Axis>(
    _ tile: borrowing Tile<Rows, Columns>, to block: HBMBlock<Rows, Columns>
  ) {
    precondition(tile.rows == block.rows && tile.columns == block.columns, "Shape mismatch")
    precondition(!block.matrix.tensor.isReadOnly, "Store to an input")
    state.pointee.count(.store, block)
    if let target = block.elements { tile.copy(to: target) }
  }

  /// Writes equal parts of a tile's rows to blocks, from the first to the last.
  ///
  /// - Precondition: Parts and blocks have the same shape, and the blocks' tensor is no input.
  /// - Complexity: rows · columns elements written to HBM, a block.
  public func store<Rows: Axis, Columns: Axis>(
    _ stack: borrowing Tile<Rows, Columns>, toStacked blocks: [HBMBlock<Rows, Columns>]
  ) {
    for (index, block) in blocks.enumerated() {
      store(Tile(part: index, of: blocks.count, stack), to: block)
    }
  }

  /// Writes a constant to a block.
  ///
  /// - Precondition: The block's tensor is no input.
  /// - Complexity: rows · columns elements written to HBM.
  public func fill<Rows: Axis, Columns: Axis>(_ block: HBMBlock<Rows, Columns>, with value: Float) {
    precondition(!block.matrix.tensor.isReadOnly, "Store to an input")
    state.pointee.count(.store, block)
    guard let target = block.elements else { return }
    let line = state.pointee.takeMemory(block.columns)
    line.update(repeating: value, count: block.columns)
    for row in 0..<block.rows {
      state.pointee.kernels.narrow(
        line, count: block.columns, to: target.row(row), of: target.type)
    }
    state.pointee.giveMemory(line, block.columns)
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
