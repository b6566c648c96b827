/// Cells in columns, aligned as text or as Markdown.
struct TextTable {
  /// A column.
  struct Column {
    let title: String
    let cells: [String]
    /// Whether cells stand at the left edge, as words do, or at the right, as numbers do.
    var isText = false
  }

  var columns: [Column]

  /// Takes columns whose cells are all the same out of the table.
  ///
  /// - Returns: Their titles and cells.
  mutating func removeConstantColumns() -> [(String, String)] {
    let constant = columns.filter { Set($0.cells).count == 1 }
    columns.removeAll { column in constant.contains { $0.title == column.title } }
    return constant.map { ($0.title, $0.cells[0]) }
  }

  /// Columns two spaces apart under their titles.
  var text: String {
    lines.map { $0.joined(separator: "  ").trimmingTrailingSpaces }
      .joined(separator: "\n") + "\n"
  }

  /// A Markdown table.
  var markdown: String {
    var rows = lines
    let rule = columns.map { column in
      let width = width(of: column)
      return column.isText
        ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":"
    }
    rows.insert(rule, at: 1)
    return rows.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n") + "\n"
  }

  /// The padded cells, line by line, under the titles.
  private var lines: [[String]] {
    let rows = columns.first?.cells.count ?? 0
    return [columns.map { pad($0.title, width(of: $0), $0.isText) }]
      + (0..<rows).map { row in
        columns.map { pad($0.cells[row], width(of: $0), $0.isText) }
      }
  }

  private func width(of column: Column) -> Int {
    max(2, ([column.title] + column.cells).map(\.count).max() ?? 0)
  }

  private func pad(_ cell: String, _ width: Int, _ isText: Bool) -> String {
    let space = String(repeating: " ", count: width - cell.count)
    return isText ? cell + space : space + cell
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    String(self[..<(lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex)])
  }
}
