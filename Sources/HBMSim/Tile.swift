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
  private let number: Int

  /// A tile whose contents are undefined: NaN in checked builds.
  ///
  /// - Precondition: The SRAM that the launch declared holds it.
  @_spi(TileStorage)
  public init(
    rows: Int, columns: Int, elementType: ElementType = .f32,
    state: UnsafeMutablePointer<CoreState>
  ) {
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

  deinit {
    if let base { state.pointee.giveMemory(base, memory) }
    state.pointee.release(tile: number, bytes: rows * columns * elementType.size)
  }

  /// Runs of consecutive floats: columns where lines are columns, otherwise rows.
  @_spi(TileStorage) public var lines: Int { isColumnMajor ? columns : rows }
  /// Elements of a line.
  @_spi(TileStorage) public var lanes: Int { isColumnMajor ? rows : columns }
  /// Floats of memory, padding included.
  var memory: Int { lines * stride }

  /// Makes sure that the elements may be changed: arithmetic is in f32, and so is what it makes.
  ///
  /// - Precondition: The elements are f32.
  @_spi(TileStorage)
  public func willChange() {
    precondition(elementType == .f32, "Change of elements that are not f32")
  }
}

/// Floats from a line of a tile to the next: the lanes rounded up to whole vectors.
///
/// Lines that are a multiple of 512 bytes apart crowd a few sets of the L1 cache when a product walks
/// down a panel of them; 64 bytes more spread them over all.
@_spi(TileStorage)
public func paddedStride(lanes: Int) -> Int {
  let whole = (lanes + Kernels.padding - 1) / Kernels.padding * Kernels.padding
  return whole % 128 == 0 ? whole + Kernels.padding : whole
}
