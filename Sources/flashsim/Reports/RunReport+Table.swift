internal import FlashCore
internal import HBMSim
internal import SIMDKernels

extension RunReport {
  /// The columns in which runs differ, and the results.
  var table: TextTable { full.table }

  /// What is the same in all runs, in a line.
  var summary: String {
    let data = inputs.isEmpty ? "standard normal data" : inputs.joined(separator: ", ")
    return ([data] + full.constant.map { title, cell in "\(title) \(cell)" })
      .joined(separator: " · ") + "\n"
  }

  /// What goes without saying.
  private static let defaults = [
    "pass": "forward", "mask": "none", "bias": "none", "pattern": "full", "dropout": "0.0",
    "soft cap": "none",
    "ALiBi": "no",
  ]

  private var full: (table: TextTable, constant: [(String, String)]) {
    func column(
      _ title: String, isText: Bool = false, _ cell: (RunRecord) -> String
    ) -> TextTable.Column {
      TextTable.Column(title: title, cells: records.map(cell), isText: isText)
    }
    var table = TextTable(columns: [
      column("batch") { "\($0.plan.shape.batch)" },
      column("heads") { $0.plan.shape.headsText },
      column("queries") { "\($0.plan.shape.queries)" },
      column("keys") { "\($0.plan.shape.keys)" },
      column("d") { $0.plan.shape.widthsText },
      column("pass") { $0.plan.pass.rawValue },
      column("mask") { $0.configuration.maskName },
      column("bias") { $0.configuration.biasFile ?? "none" },
      column("pattern") { $0.configuration.patternName },
      column("dropout") { "\($0.configuration.dropout)" },
      column("soft cap") { $0.configuration.softcap.map { "\($0)" } ?? "none" },
      column("ALiBi") { $0.configuration.usesALiBi ? "yes" : "no" },
      column("type") { $0.plan.precision.name },
      column("scale") { "\($0.plan.scale)" },
      column("seed") { "\($0.configuration.seed)" },
      column("SRAM") { $0.capacity },
      column("mode") { $0.plan.machine.mode.rawValue },
      column("threads") { "\($0.plan.machine.threads)" },
      column("SIMD") { $0.plan.machine.simd.rawValue },
    ])
    let constant = table.removeConstantColumns()
      .filter { title, cell in
        title == "seed"
          ? inputs.isEmpty || records.contains { $0.plan.options.dropout != nil }
          : Self.defaults[title] != cell
      }
    table.columns.insert(column("algorithm", isText: true) { $0.plan.algorithm.rawValue }, at: 0)
    table.columns.append(column("blocks") { "\($0.plan.blocks)" })
    if records.contains(where: { $0.plan.splits != nil }) {
      table.columns.append(column("splits") { $0.plan.splits.map { "\($0)" } ?? "–" })
    }
    if records.contains(where: { !$0.plan.options.leavesAll }) {
      table.columns.append(
        column("live") { record in
          let (live, total) = record.plan.liveBlocks
          return Units.percent(Double(live) / Double(total))
        })
    }
    table.columns += [
      column("HBM reads") { Units.bytes($0.traffic.readBytes) },
      column("HBM writes") { Units.bytes($0.traffic.writtenBytes) },
      column("fewer than standard") { Units.factor($0.saving) },
      column("× lower bound") { Units.factor($0.gap) },
      column("SRAM peak / capacity") { $0.sramUse },
    ]
    if records.contains(where: { $0.error != nil }) {
      table.columns.append(
        column("max error") { $0.error.map { Units.error($0.maxAbs) } ?? "–" })
    }
    table.columns.append(column("time") { Units.seconds($0.seconds) })
    if records.contains(where: { $0.operationsPerSecond != nil }) {
      table.columns.append(
        column("GFLOP/s") { $0.operationsPerSecond.map(Units.rate) ?? "–" })
    }
    return (table, constant)
  }

  /// What was found, in a sentence or two.
  var finding: String {
    guard let row = records.indices.max(by: { records[$0].saving < records[$1].saving })
    else { return "" }
    let best = records[row]
    let same = records.filter {
      $0.plan.shape == best.plan.shape && $0.plan.machine.sram == best.plan.machine.sram
        && $0.plan.pass == best.plan.pass
        && $0.configuration.maskName == best.configuration.maskName
        && $0.plan.scale == best.plan.scale && $0.configuration.seed == best.configuration.seed
    }
    var sentence = same.count < records.count ? "Row \(row + 1): " : ""
    if best.saving > 1.005 {
      sentence +=
        "\(best.plan.algorithm) moves \(Units.bytes(best.traffic.bytes)) between HBM and SRAM where "
        + "standard attention moves \(Units.bytes(best.standard.bytes)): "
        + "\(Units.factor(best.saving)) fewer"
    } else {
      sentence =
        "Nothing here moves fewer bytes than standard attention with blocks that fit, "
        + "\(Units.bytes(best.standard.bytes))"
    }
    let errors = same.compactMap(\.error)
    if let worst = errors.map(\.maxAbs).max() {
      let rows = errors.map(\.rows).min() ?? 0
      let part = rows < best.plan.shape.queries ? " in \(rows) rows a head" : ""
      let results = best.plan.pass.hasBackward ? "outputs and gradients" : "outputs"
      let subject =
        same.count > 1 || best.plan.pass.hasBackward
        ? "all \(results) are" : "the output is"
      sentence +=
        worst.isFinite
        ? "; \(subject) within \(Units.error(worst)) of float64\(part)"
        : "; \(subject) not those of float64"
    }
    sentence += "."
    if let naive = best.naive {
      sentence +=
        "\nNaive attention with OpenBLAS takes \(Units.seconds(naive.seconds)) and is within "
        + "\(Units.error(naive.maxError)) of float64."
    }
    return sentence
  }
}
