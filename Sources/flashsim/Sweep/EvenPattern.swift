internal import FlashCore

extension BlockPattern {
  /// A part of the blocks, as exactly as whole blocks have it and as evenly as they can lie: density ·
  /// `rows` · `columns` blocks, rounded, one at least; as many in each row but for one, at equal
  /// distances, a column further from row to row.
  ///
  /// - Precondition: The density is in [0, 1].
  static func even(density: Double, rows: Int, columns: Int) -> BlockPattern {
    let live = max(1, Int((density * Double(rows * columns)).rounded()))
    return .blocks(
      (0..<rows).map { i in
        let share = (i + 1) * live / rows - i * live / rows
        return (0..<columns).map { j in
          let place = (i + j) % columns
          return (place + 1) * share / columns > place * share / columns
        }
      })
  }
}
