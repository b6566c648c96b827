/// Something that is told all that a machine does, in order.
///
/// A machine with an observer runs its launches one after another, in the order of the grid: traces,
/// caches and clocks hang on this. Without one, nothing is spent on it.
public protocol MachineObserver: AnyObject, Sendable {
  /// Takes note of an event.
  func observe(_ event: MachineEvent)
}

/// Something that a core does.
public enum MachineEvent: Sendable, Equatable {
  /// Launch `index` of a grid begins.
  case begin(launch: Int)
  /// The launch is over.
  case end(launch: Int)
  /// A phase begins.
  case phase(Phase)
  /// A block goes from HBM to SRAM, or the other way.
  case transfer(Transfer)
  /// SRAM is taken for a tile.
  case allocation(Residency)
  /// A tile gives its SRAM back.
  case release(Residency)
  /// Something is computed.
  case compute(Operations)
}

/// A block on its way.
public struct Transfer: Sendable, Equatable {
  /// Which way a block goes.
  public enum Direction: Sendable {
    /// From HBM to SRAM.
    case load
    /// From SRAM to HBM, or a constant to HBM.
    case store
  }

  /// Which way.
  public let direction: Direction
  /// The tensor's name.
  public let tensor: String
  /// Which matrix of the tensor: batch · heads + head.
  public let matrix: Int
  /// Rows of the matrix.
  public let rows: Range<Int>
  /// Columns of the matrix.
  public let columns: Range<Int>
  /// What it adds to the counts, in bytes.
  public let bytes: Int
}

/// A tile's stay in SRAM.
public struct Residency: Sendable, Equatable {
  /// Numbers the tiles of a grid, from 1, in the order of their allocation.
  public let tile: Int
  /// What the tile occupies, in bytes.
  public let bytes: Int
  /// What all tiles occupy after the event, in bytes.
  public let used: Int
}
