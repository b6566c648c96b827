internal import FlashCore
internal import HBMSim
internal import SIMDKernels

extension BenchReport {
  /// What is the same in all rows, in a line.
  var summary: String {
    let rounds = records.first?.flash.seconds.count ?? 0
    return
      "flash2 on \(HostProcessor.name) · SIMD \(InstructionSet.best.rawValue) · pairs \(rounds)"
      + " · medians, quartiles in brackets"
  }

  /// The resources of the host, a row each, and a column a number of threads.
  var hostTable: TextTable {
    let resources = HostResource.allCases.filter { resource in
      host.contains { $0.resource == resource }
    }
    let threads = Set(host.map(\.series.threads)).sorted()
    return TextTable(
      columns: [
        TextTable.Column(title: "resource", cells: resources.map(\.title), isText: true)
      ]
        + threads.map { count in
          TextTable.Column(
            title: count == 1 ? "1 thread" : "\(count) threads",
            cells: resources.map { resource in
              host.first { $0.resource == resource && $0.series.threads == count }
                .map { Self.range($0.rate, Units.rate) } ?? "–"
            })
        } + [TextTable.Column(title: "unit", cells: resources.map(\.unit), isText: true)])
  }

  /// The cases, a row each.
  var table: TextTable {
    func column(
      _ title: String, isText: Bool = false, _ cell: (BenchRecord) -> String
    ) -> TextTable.Column {
      TextTable.Column(title: title, cells: records.map(cell), isText: isText)
    }
    let columns = [
      column("tokens") { "\($0.point.shape.tokens)" },
      column("heads") { "\($0.point.shape.heads)" },
      column("d") { "\($0.point.shape.headDim)" },
      column("mask", isText: true) { $0.point.mask.rawValue },
      column("pass", isText: true) { $0.point.pass.rawValue },
      column("type", isText: true) { $0.point.type.rawValue },
      column("blocks") { "\($0.blocks)" },
      column("threads") { "\($0.point.threads)" },
      column("time") { Units.seconds(Quartiles($0.flash.seconds).median) },
      column("CPU time") { $0.flash.threadMedian.map(Units.seconds) ?? "–" },
      column("GFLOP/s") { Units.rate($0.rate.median) },
      column("of peak") { Self.range($0.fraction, BenchNoise.percent) },
      column("by CPU time") { $0.threadFraction.map { BenchNoise.percent($0.median) } ?? "–" },
      column("naive") { $0.naive.map { Units.seconds(Quartiles($0.seconds).median) } ?? "–" },
      column("naive CPU") { $0.naive?.threadMedian.map(Units.seconds) ?? "–" },
      column("naive / flash2") { $0.ratio.map { Self.range($0, Units.factor) } ?? "–" },
      column("products") { Units.seconds($0.roofline.products) },
      column("exp") { Units.seconds($0.roofline.exponentials) },
      column("bytes") { Units.seconds($0.roofline.bytes) },
      column("bound", isText: true) { $0.roofline.bound },
      column("floor / time") { BenchNoise.percent($0.explained) },
      column("noise", isText: true) { $0.noise.text },
    ]
    // What nothing is known of in any row.
    return TextTable(columns: columns.filter { $0.cells.contains { $0 != "–" } })
  }

  /// What was found, in some sentences.
  var finding: String {
    var sentences = [noise]
    #if DEBUG
      sentences.append("This build is one for debugging, whose speed tells nothing.")
    #endif
    let ratios = records.compactMap { $0.ratio?.median }
    if let least = ratios.min(), let greatest = ratios.max() {
      sentences.append(
        "Naive attention by OpenBLAS takes \(Units.factor(least)) to \(Units.factor(greatest)) the "
          + "time of FlashAttention-2.")
    }
    let reasons = records.compactMap(\.naiveReason)
    for reason in Set(reasons).sorted() {
      let count = reasons.count { $0 == reason }
      sentences.append(
        "Naive attention is left out \(count == 1 ? "once" : "\(count) times"): \(reason).")
    }
    sentences.append(
      "Products, exp and bytes are the times that each would take alone; the floor is the greater of "
        + "products and exp together, and of bytes.")
    return sentences.joined(separator: "\n")
  }

  /// A median, and its quartiles where there are several numbers.
  private static func range(_ quartiles: Quartiles, _ text: (Double) -> String) -> String {
    quartiles.count == 1
      ? text(quartiles.median)
      : "\(text(quartiles.median)) [\(text(quartiles.lower)), \(text(quartiles.upper))]"
  }
}

extension HostResource {
  /// What it is, for people.
  fileprivate var title: String {
    switch self {
    case .peak: "FMA in registers"
    case .sgemm: "sgemm 1024³"
    case .exponentials: "exp in L1"
    case .read: "memory read"
    case .copy: "memory copy"
    }
  }
}
