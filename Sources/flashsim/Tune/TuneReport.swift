internal import FlashCore
internal import HBMSim

/// What was found about block sizes, in the forms that users ask for.
struct TuneReport {
  let records: [TuneRecord]

  init(_ records: [TuneRecord]) { self.records = records }

  /// The report in a form, with a line end at its end.
  func rendered(as format: ReportFormat) throws -> String {
    switch format {
    case .table: prose(heading: "", line: "", \.text)
    case .markdown: prose(heading: "## ", line: "- ", \.markdown)
    case .csv: csv
    case .json: try json
    }
  }

  /// What is the same in all runs, then each run under a heading.
  private func prose(heading: String, line: String, _ form: (TextTable) -> String) -> String {
    var table = conditions
    let constant = table.removeConstantColumns().filter { Self.defaults[$0.0] != $0.1 }
    let sections = records.enumerated().map { row, record in
      let title =
        ["\(record.configuration.algorithm) \(record.configuration.pass)"]
        + table.columns.map { "\($0.title) \($0.cells[row])" }
      let lines = [record.deviceLine, record.searchLine, record.finding]
      return heading + title.joined(separator: " · ") + "\n\n" + form(record.table) + "\n"
        + record.budgetTitle + "\n\n" + form(record.budgetTable) + "\n"
        + lines.map { line + $0 + "\n" }.joined()
    }
    let summary = ["closed-form"] + constant.map { title, cell in "\(title) \(cell)" }
    return ([summary.joined(separator: " · ") + "\n"] + sections).joined(separator: "\n")
  }

  /// What goes without saying.
  private static let defaults = ["mask": "none", "dropout": "0.0", "soft cap": "none"]

  /// What the runs are of, a line each.
  private var conditions: TextTable {
    func column(
      _ title: String, _ cell: (RunConfiguration, AttentionPlan) -> String
    ) -> TextTable.Column {
      TextTable.Column(
        title: title, cells: records.map { cell($0.configuration, $0.least.plan) })
    }
    return TextTable(columns: [
      column("batch") { "\($1.shape.batch)" },
      column("heads") { $1.shape.headsText },
      column("queries") { "\($1.shape.queries)" },
      column("keys") { "\($1.shape.keys)" },
      column("d") { $1.shape.widthsText },
      column("mask") { configuration, _ in configuration.maskName },
      column("dropout") { configuration, _ in "\(configuration.dropout)" },
      column("soft cap") { configuration, _ in configuration.softcap.map { "\($0)" } ?? "none" },
      column("type") { $1.precision.name },
      column("SRAM") { configuration, _ in
        configuration.sram.byteCount.map {
          "\(Units.capacity($0)) (\($0) bytes, \($0 / 4) elements of 4 bytes)"
        } ?? "unlimited"
      },
    ])
  }
}
