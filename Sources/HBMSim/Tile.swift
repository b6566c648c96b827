internal import KernelInterface

/// A vector in SRAM: a tile of one column.
public typealias TileVector<Elements: Axis> = Tile<Elements, One>

/// A matrix in the SRAM of a core.
///
/// A tile takes its SRAM when it is made and gives it back at the end of its life: peak use is a
/// property of the program's text. It cannot be copied.
public struct Tile<Rows: Axis, Columns: Axis>: ~Copyable {
  /// Rows.
  public let rows: Int
  /// Columns.
  public let columns: Int
  /// The type of the elements, by which they occupy SRAM; computed ones are f32.
  public let elementType: ElementType

  /// The core that holds it.
  @_spi(TileStorage) public let state: UnsafeMutablePointer<CoreState>
  /// The first element, or nil where the machine only counts.
  @_spi(TileStorage) public let base: UnsafeMutablePointer<Float>?
  /// Floats from a line to the next.
  @_spi(TileStorage) public let stride: Int
  /// Whether a line in memory is a column rather than a row: so it is where the rows are the axis
  /// that SIMD lanes run along.
  @_spi(TileStorage) public let isColumnMajor: Bool
  /// The elements that were asked for, as column − row: outside, they are 0 or do not count. All, if nil.
  @_spi(TileStorage) public let diagonals: Range<Int>?
  private let number: Int
  private let access: Access

  /// What may be done with the elements.
  private enum Access {
    /// They were computed, or loaded to be changed.
    case changeable
    /// They were loaded to be read.
    case readOnly
    /// The same, and they are read where they lie in HBM.
    case view
    /// They are rows of another tile, in its SRAM, and that one's to change.
    case part
  }

  /// A tile whose contents are undefined: NaN in checked builds.
  ///
  /// - Precondition: The SRAM that the launch declared holds it.
  @_spi(TileStorage)
  public init(
    rows: Int, columns: Int, elementType: ElementType = .f32, isReadOnly: Bool = false,
    diagonals: Range<Int>? = nil, state: UnsafeMutablePointer<CoreState>
  ) {
    self.diagonals = diagonals
    access = isReadOnly ? .readOnly : .changeable
    self.rows = rows
    self.columns = columns
    self.elementType = elementType
    self.state = state
    number = state.pointee.allocate(bytes: rows * columns * elementType.size)
    isColumnMajor = Rows.self == state.pointee.lanes || Columns.self == One.self
    stride = paddedStride(lanes: isColumnMajor ? rows : columns)
    base =
      state.pointee.executes
      ? state.pointee.takeMemory((isColumnMajor ? columns : rows) * stride) : nil
  }

  /// A tile that occupies SRAM as any other does, but whose elements this computer reads where they lie
  /// in HBM: they are an input's, which no program changes.
  ///
  /// - Precondition: They are whole lines of f32, and the SRAM that the launch declared holds them.
  init(
    viewing elements: HBMElements, rows: Int, columns: Int, state: UnsafeMutablePointer<CoreState>
  ) {
    access = .view
    diagonals = nil
    self.rows = rows
    self.columns = columns
    elementType = .f32
    self.state = state
    number = state.pointee.allocate(bytes: rows * columns * elementType.size)
    isColumnMajor = false
    stride = elements.stride
    base = elements.floats
  }

  /// Part `index` of `count` equal parts of the rows of another tile, as long as that one is there: it
  /// occupies no SRAM of its own.
  init(part index: Int, of count: Int, _ tile: borrowing Tile) {
    precondition(count > 0 && tile.rows % count == 0, "Unequal parts")
    access = .part
    diagonals = nil
    rows = tile.rows / count
    columns = tile.columns
    elementType = tile.elementType
    state = tile.state
    number = tile.number
    isColumnMajor = tile.isColumnMajor
    stride = tile.stride
    let first = index * rows * (isColumnMajor ? 1 : stride)
    base = tile.base.map { $0 + first }
  }

  deinit {
    if access == .part { return }
    if access != .changeable { state.pointee.forget(tile: number) }
    if let base, access != .view { state.pointee.giveMemory(base, memory) }
    state.pointee.release(tile: number, bytes: rows * columns * elementType.size)
  }

  /// Runs of consecutive floats: columns where lines are columns, otherwise rows.
  @_spi(TileStorage) public var lines: Int { isColumnMajor ? columns : rows }
  /// Elements of a line.
  @_spi(TileStorage) public var lanes: Int { isColumnMajor ? rows : columns }
  /// Floats of memory, padding included.
  var memory: Int { lines * stride }

  /// The number of the tile among those of its core, if it is only read.
  @_spi(TileStorage) public var readOnlyNumber: Int? {
    access == .readOnly || access == .view ? number : nil
  }

  /// Makes sure that the elements may be changed: they were not loaded to be read.
  ///
  /// - Precondition: The tile was computed, or loaded to be changed.
  @_spi(TileStorage)
  public func willChange() {
    precondition(
      access == .changeable || access == .part, "Change of a tile that was loaded to be read")
  }

  /// Calls `body` with equal parts of the rows, from the first to the last: each is a tile that is
  /// changed where it lies.
  ///
  /// - Precondition: There are `count` times as many rows as a part has; with more parts than one, SIMD
  ///   lanes do not run along them. The tile was computed, or loaded to be changed.
  /// - Complexity: No HBM access.
  public mutating func forEachPart(
    of count: Int, _ body: (_ index: Int, _ part: inout Tile) -> Void
  ) {
    willChange()
    precondition(count == 1 || !isColumnMajor, "Parts of lines")
    for index in 0..<count {
      var part = Tile(part: index, of: count, self)
      body(index, &part)
    }
  }
}

/// Floats from a line of a tile to the next: the lanes rounded up to whole vectors.
///
/// Lines that are a multiple of 512 bytes apart crowd a few sets of the L1 cache when a product walks
/// down a panel of them; 64 bytes more spread them over all.
@_spi(TileStorage)
public func paddedStride(lanes: Int) -> Int {
  let whole = (lanes + Kernels.padding - 1) / Kernels.padding * Kernels.padding
  return isCrowded(stride: whole) ? whole + Kernels.padding : whole
}

/// Whether lines so many floats apart crowd a few sets of the L1 cache: multiples of 512 bytes.
@_spi(TileStorage)
public func isCrowded(stride: Int) -> Bool { stride % 128 == 0 }
