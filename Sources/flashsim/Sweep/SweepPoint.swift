internal import FlashCore
internal import HBMSim

/// A point of a sweep, as it was asked for.
struct SweepPoint {
  /// What runs; count mode, unless told otherwise.
  var configuration: RunConfiguration
  /// Rows of a block, where they are given.
  var blockRows: Int?
  /// Columns of a block, where they are given.
  var blockColumns: Int?
  /// The part of the blocks that is to be computed; nil without a pattern.
  var density: Double?

  /// The run, with blocks and pattern.
  ///
  /// - Parameter blocks: The blocks that a run has.
  /// - Throws: `SweepError` where a pattern would have too many blocks.
  func run(blocks: (RunConfiguration) throws -> Blocks) throws -> RunConfiguration {
    var run = configuration
    if let blockRows, let blockColumns {
      run.tiling = .blocks(Blocks(rows: blockRows, columns: blockColumns))
    }
    guard let density else { return run }
    // A pattern is one of blocks, so they are chosen first.
    let blocks = try blocks(run)
    let rows = (run.queries + blocks.rows - 1) / blocks.rows
    let columns = (run.queries + blocks.columns - 1) / blocks.columns
    let (count, overflows) = rows.multipliedReportingOverflow(by: columns)
    if overflows || count > SweepError.mostBlocks {
      throw SweepError.tooManyBlocks(rows: rows, columns: columns, tokens: run.queries, blocks)
    }
    run.tiling = .blocks(blocks)
    run.pattern = .even(density: density, rows: rows, columns: columns)
    return run
  }
}

/// Why a sweep cannot be made.
enum SweepError: Error, CustomStringConvertible {
  case tooManyBlocks(rows: Int, columns: Int, tokens: Int, Blocks)

  /// How many blocks a pattern may have.
  static let mostBlocks = 1 << 24

  var description: String {
    switch self {
    case .tooManyBlocks(let rows, let columns, let tokens, let blocks):
      "A density takes at most \(Self.mostBlocks) blocks, and \(tokens) tokens in blocks of "
        + "\(blocks) make \(rows)×\(columns)."
    }
  }
}
