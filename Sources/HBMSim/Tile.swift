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
  private let bytes: Int

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
    self.state = state
    bytes = rows * columns * elementType.size
    number = state.pointee.allocate(bytes: bytes)
    isColumnMajor = Rows.self == state.pointee.lanes || Columns.self == One.self
    stride = paddedStride(lanes: isColumnMajor ? rows : columns)
    base =
      state.pointee.executes
      ? state.pointee.takeMemory((isColumnMajor ? columns : rows) * stride) : nil
  }

  deinit {
    if let base { state.pointee.giveMemory(base, memory) }
    state.pointee.release(tile: number, bytes: bytes)
  }

  /// Runs of consecutive floats: columns where lines are columns, otherwise rows.
  @_spi(TileStorage) public var lines: Int { isColumnMajor ? columns : rows }
  /// Elements of a line.
  @_spi(TileStorage) public var lanes: Int { isColumnMajor ? rows : columns }
  /// Floats of memory, padding included.
  var memory: Int { lines * stride }

  /// Takes the contents of a row-major matrix in memory, and pads its lines with zeros.
  func fill(from source: UnsafePointer<Float>, stride sourceStride: Int) {
    guard let base else { return }
    if isColumnMajor && sourceStride > 1 {
      state.pointee.kernels.transpose(source, rows, columns, sourceStride, base, stride)
    } else {
      for line in 0..<lines {
        (base + line * stride).update(from: source + line * sourceStride, count: lanes)
      }
    }
    let padding = stride - lanes
    if padding > 0 {
      for line in 0..<lines {
        (base + line * stride + lanes).update(repeating: 0, count: padding)
      }
    }
  }

  /// Gives the contents to a row-major matrix in memory.
  func copy(to target: UnsafeMutablePointer<Float>, stride targetStride: Int) {
    guard let base else { return }
    if isColumnMajor && targetStride > 1 {
      state.pointee.kernels.transpose(base, columns, rows, stride, target, targetStride)
    } else {
      for line in 0..<lines {
        (target + line * targetStride).update(from: base + line * stride, count: lanes)
      }
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
  return whole % 128 == 0 ? whole + Kernels.padding : whole
}
