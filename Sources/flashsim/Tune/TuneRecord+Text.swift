internal import FlashCore
internal import HBMSim

extension TuneRecord {
  /// A row a choice.
  var table: TextTable {
    func column(
      _ title: String, isText: Bool = false, _ cell: (TuneChoice) -> String
    ) -> TextTable.Column {
      TextTable.Column(title: title, cells: choices.map(cell), isText: isText)
    }
    return TextTable(columns: [
      column("choice", isText: true) { $0.source.title },
      column("blocks") { "\($0.plan.blocks)" },
      column("SRAM bytes") { "\($0.plan.footprint)" },
      column("SRAM") { Units.capacity($0.plan.footprint) },
      column("fits", isText: true) { $0.fits ? "yes" : "does not fit" },
      column("HBM elements") { "\($0.hbm.elements)" },
      column("HBM bytes") { "\($0.hbm.bytes)" },
      column("× the least") { Units.factor(ratio($0)) },
    ])
  }

  /// What the next table is of.
  var budgetTitle: String {
    let budget = least.plan.budget
    return "SRAM of \(least.plan.blocks) where it is fullest, in kernel \(budget.kernel):"
  }

  /// A row a tensor of the kernel that takes the most SRAM.
  var budgetTable: TextTable {
    let budget = least.plan.budget
    let rows = budget.shares.map { ($0.name, $0.bytes) } + [("all", budget.total)]
    return TextTable(columns: [
      .init(title: "tensor", cells: rows.map(\.0), isText: true),
      .init(title: "SRAM bytes", cells: rows.map { "\($0.1)" }),
      .init(title: "SRAM", cells: rows.map { Units.capacity($0.1) }),
      .init(
        title: "share",
        cells: rows.map { Units.percent(Double($0.1) / Double(budget.total)) }),
    ])
  }

  /// The GPUs that the least choice fits, in a sentence.
  var deviceLine: String {
    func names(_ fits: Bool) -> String {
      devices.filter { $0.fits == fits }
        .map { "\($0.device.name) (\(Units.capacity($0.device.sram)))" }.joined(separator: ", ")
    }
    let (fitting, others) = (names(true), names(false))
    let blocks = "\(least.plan.blocks)"
    if fitting.isEmpty { return "\(blocks) fits a core of none of \(others)." }
    return "\(blocks) fits a core of \(fitting)" + (others.isEmpty ? "." : "; not of \(others).")
  }

  /// How well the search looked, in a sentence.
  var searchLine: String {
    let looked = "Block sizes looked at: \(candidates)"
    return isExhaustive
      ? "\(looked). The search is exhaustive: none that fits moves fewer bytes."
      : "\(looked), at equal steps. The search is not exhaustive: one between may move fewer bytes."
  }

  /// What the least choice gains, in a sentence.
  var finding: String {
    let start =
      "\(configuration.algorithm) \(configuration.pass) moves least with blocks of "
      + "\(least.plan.blocks): "
    let other = others.first { $0.source == .paper } ?? others[0]
    let ratio = ratio(other)
    let comparison =
      switch ratio {
      case 1: "as many bytes as"
      case 1.005...: "\(Units.factor(ratio)) fewer bytes than"
      case ..<0.995: "\(Units.factor(1 / ratio)) more bytes than"
      default: "about as many bytes as"
      }
    let name =
      other.source == .paper
      ? "the paper's \(other.plan.blocks) with M in elements" : "\(other.plan.blocks) of fit"
    let need = "needs \(Units.capacity(other.plan.footprint)) of SRAM"
    return start + "\(comparison) \(name), which \(need) and "
      + (other.fits ? "fits." : "does not fit.")
  }
}
