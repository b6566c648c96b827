internal import Foundation

/// Reproductions, in the forms that users ask for.
struct ReproduceReport {
  let reproductions: [Reproduction]

  /// The report in a form, with a line end at its end.
  func rendered(as format: ReportFormat) throws -> String {
    switch format {
    case .table: sections(\.text)
    case .markdown: sections(\.markdown)
    case .csv: csv
    case .json: try json
    }
  }

  private func sections(_ form: (TextTable) -> String) -> String {
    reproductions.map { reproduction in
      let head = "\(reproduction.name.rawValue) · \(reproduction.configuration)\n\n"
      let sentences = reproduction.assumptions.joined(separator: "\n")
      return head + form(table(reproduction)) + "\n" + sentences + "\n"
    }.joined(separator: "\n")
  }

  private func table(_ reproduction: Reproduction) -> TextTable {
    func column(_ title: String, isText: Bool = false, _ cell: (Reproduction.Row) -> String)
      -> TextTable.Column
    {
      TextTable.Column(title: title, cells: reproduction.rows.map(cell), isText: isText)
    }
    return TextTable(columns: [
      column("quantity", isText: true) { ($0.sumOf.isEmpty ? "" : "Σ ") + $0.quantity },
      column("paper") { $0.reference?.text ?? "–" },
      column("source", isText: true) { $0.reference?.source.rawValue ?? "–" },
      column("counted") { String(format: abs($0.ours) < 1000 ? "%.4g" : "%.1f", $0.ours) },
      column("unit", isText: true, \.unit),
      column("ratio") { $0.ratio.map { String(format: "%.4f", $0) } ?? "–" },
      column("agrees", isText: true) { $0.agreement?.word ?? "–" },
    ])
  }

  /// A line a row, under a line of names; sums, configurations and assumptions are in the JSON alone.
  private var csv: String {
    let names =
      "name,quantity,reference.text,reference.value,reference.source,ours,unit,count,ratio,"
      + "agreement"
    let lines = reproductions.flatMap { reproduction in
      reproduction.rows.map { row in
        ([reproduction.name.rawValue] + cells(row)).joined(separator: ",")
      }
    }
    return ([names] + lines).joined(separator: "\n") + "\n"
  }

  private func cells(_ row: Reproduction.Row) -> [String] {
    let reference: [String] =
      row.reference.map { [$0.text, "\($0.value)", $0.source.rawValue] } ?? ["", "", ""]
    let count: String = row.count.map { "\($0)" } ?? ""
    let ratio: String = row.ratio.map { "\($0)" } ?? ""
    return ["\"" + row.quantity + "\""] + reference
      + ["\(row.ours)", row.unit, count, ratio, row.agreement?.rawValue ?? ""]
  }

  /// The JSON that scripts read; see docs/json.md.
  private var json: String {
    get throws {
      try reportJSON(
        ReproduceDocument(
          context: .host,
          reproductions: reproductions.map { reproduction in
            ReproduceDocument.Entry(
              name: reproduction.name.rawValue, configuration: reproduction.configuration,
              assumptions: reproduction.assumptions,
              rows: reproduction.rows.map { row in
                ReproduceDocument.Row(
                  quantity: row.quantity,
                  reference: row.reference.map {
                    .init(text: $0.text, value: $0.value, source: $0.source.rawValue)
                  },
                  ours: row.ours, unit: row.unit, count: row.count, sumOf: row.sumOf,
                  ratio: row.ratio, agreement: row.agreement?.rawValue)
              })
          }))
    }
  }
}

/// The schema `flashsim.reproduce/1`. Names are fixed.
private struct ReproduceDocument: Encodable {
  var schema = "flashsim.reproduce/1"
  let context: RunDocument.Context
  let reproductions: [Entry]

  struct Entry: Encodable {
    let name: String
    let configuration: String
    let assumptions: [String]
    let rows: [Row]
  }

  struct Row: Encodable {
    let quantity: String
    let reference: Reference?
    let ours: Double
    let unit: String
    let count: Int?
    let sumOf: [String]
    let ratio: Double?
    let agreement: String?

    enum CodingKeys: String, CodingKey {
      case quantity, reference, ours, unit, count
      case sumOf = "sum_of"
      case ratio, agreement
    }
  }

  struct Reference: Encodable {
    let text: String
    let value: Double
    let source: String
  }
}

extension Reproduction.Agreement {
  /// As people read it.
  fileprivate var word: String {
    switch self {
    case .rounded: "yes"
    case .truncated: "cut off"
    case .none: "no"
    }
  }
}
