internal import FlashCore
internal import HBMSim

/// What a sweep found, in the forms that users ask for.
struct SweepReport {
  let mode: SweepMode
  let records: [SweepRecord]
  let accesses: FittedAccesses
  let fits: [SweepFit]

  init(_ records: [SweepRecord], mode: SweepMode, fitting accesses: FittedAccesses) {
    self.mode = mode
    self.records = records
    self.accesses = accesses
    fits = SweepFit.all(records, accesses)
  }

  /// The report in a form, with a line end at its end.
  func rendered(as format: ReportFormat) throws -> String {
    switch format {
    case .table: summary + "\n" + full.table.text + "\n" + laws(bullet: "") + finding
    case .markdown: summary + "\n" + full.table.markdown + "\n" + laws(bullet: "- ") + finding
    case .csv: csv
    case .json: try json
    }
  }

  /// What is the same at all points, in a line.
  private var summary: String {
    ([mode.rawValue] + full.constant.map { title, cell in "\(title) \(cell)" })
      .joined(separator: " · ") + "\n"
  }

  private var full: (table: TextTable, constant: [(String, String)]) {
    func column(
      _ title: String, isText: Bool = false, _ cell: (SweepRecord) -> String
    ) -> TextTable.Column {
      TextTable.Column(title: title, cells: records.map(cell), isText: isText)
    }
    var table = TextTable(columns: [
      column("pass", isText: true) { $0.point.configuration.pass.rawValue },
      column("batch") { "\($0.shape.batch)" },
      column("heads") { "\($0.shape.heads)" },
      column("N") { "\($0.shape.queries)" },
      column("d") { "\($0.shape.headDim)" },
      column("mask") { $0.point.configuration.maskName },
      column("type") { $0.precision.name },
      column("SRAM") { record in
        record.point.configuration.sram.byteCount.map(Units.capacity) ?? "unlimited"
      },
      column("blocks") { "\($0.blocks)" },
    ])
    if records.contains(where: { $0.liveBlocks.live < $0.liveBlocks.total }) {
      table.columns.append(column("live") { Units.percent($0.liveFraction) })
    }
    let constant = table.removeConstantColumns().filter { $0 != ("mask", "none") }
    table.columns.insert(
      column("algorithm", isText: true) { $0.point.configuration.algorithm.rawValue }, at: 0)
    table.columns += [
      column("HBM elements") { "\($0.hbm.elements)" },
      column("in main part") { "\($0.main.elements)" },
    ]
    if accesses == .blocks {
      table.columns.append(column("for blocks of S") { "\($0.forBlocks.elements)" })
    }
    table.columns.append(column("HBM bytes") { Units.bytes($0.hbm.bytes) })
    if records.contains(where: { $0.seconds != nil }) {
      table.columns.append(column("time") { $0.seconds.map(Units.seconds) ?? "–" })
    }
    return (table, constant)
  }

  private func laws(bullet: String) -> String {
    fits.map { bullet + $0.line + "\n" }.joined()
  }

  /// What the laws are fitted to, in a sentence.
  private var finding: String {
    let counts = fits.map(\.pointCount)
    guard let fewest = counts.min(), let most = counts.max() else {
      return "Nothing varies: there is no law to fit.\n"
    }
    let number = fewest == most ? "\(most)" : "\(fewest) to \(most)"
    return "\nFitted to the elements read and written \(accesses.meaning), at \(number) points "
      + "each.\n"
  }
}
