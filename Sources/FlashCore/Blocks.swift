/// Block sizes: B_r rows of queries, B_c rows of keys.
public struct Blocks: Sendable, Hashable, CustomStringConvertible {
  /// Rows of a block of Q and O, B_r.
  public var rows: Int
  /// Rows of a block of K and V, B_c: columns of a block of S.
  public var columns: Int

  /// Creates block sizes.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// ROWSxCOLUMNS, as on the command line.
  public var description: String { "\(rows)x\(columns)" }

  /// Blocks no larger than the problem.
  func clamped(to shape: AttentionShape) -> Blocks {
    Blocks(rows: min(rows, shape.queries), columns: min(columns, shape.keys))
  }

  /// One of the two sizes.
  enum Side {
    case rows, columns
  }

  subscript(side: Side) -> Int {
    get { side == .rows ? rows : columns }
    set { if side == .rows { rows = newValue } else { columns = newValue } }
  }
}
