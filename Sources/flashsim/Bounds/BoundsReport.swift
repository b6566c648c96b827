internal import FlashCore
internal import HBMSim

/// The least HBM accesses over the SRAM, in the forms that users ask for.
struct BoundsReport {
  /// What is known of a capacity.
  struct Point {
    let sram: Capacity
    /// The greatest bound that holds for every program.
    let bound: LowerBound
    /// The best blocks of each algorithm, or nil where none fit.
    let searches: [BlockSearch?]

    /// The algorithm that moves the fewest elements, as an index.
    var least: Int? {
      searches.indices.filter { searches[$0] != nil }
        .min { elements(of: $0) ?? 0 < elements(of: $1) ?? 0 }
    }

    /// What an algorithm moves, in elements.
    func elements(of index: Int) -> Int? { searches[index]?.ledger.total.elements }

    /// How many times as many elements as the bound an algorithm moves.
    func gap(of index: Int) -> Double? {
      elements(of: index).map { Double($0) / Double(bound.elements) }
    }
  }

  let algorithms: [Algorithm]
  let pass: Pass
  let shape: AttentionShape
  let precision: Precision
  let points: [Point]

  /// Searches the blocks of every algorithm at every capacity.
  init(
    algorithms: [Algorithm], pass: Pass, shape: AttentionShape, precision: Precision,
    capacities: [Capacity]
  ) {
    self.algorithms = algorithms
    self.pass = pass
    self.shape = shape
    self.precision = precision
    points = capacities.map { sram in
      Point(
        sram: sram,
        bound: .greatest(LowerBound.all(of: shape, pass: pass, precision: precision, sram: sram)),
        searches: algorithms.map { algorithm in
          // Where every pair of sizes would have to be looked at, steps are fine enough for a curve.
          try? BlockSearch(
            algorithm, pass: pass, shape: shape, precision: precision, sram: sram, effort: 500)
        })
    }
  }

  /// The report in a form, with a line end at its end.
  func rendered(as format: ReportFormat) throws -> String {
    switch format {
    case .table: summary + "\n\n" + table.text + "\n" + finding + "\n"
    case .markdown: summary + "\n\n" + table.markdown + "\n" + finding + "\n"
    case .csv: csv
    case .json: try json
    }
  }

  private var summary: String {
    "\(pass) · heads \(shape.heads) · N \(shape.queries) · d \(shape.headDim) · type "
      + "\(precision.name) · HBM accesses in elements, × lower bound in brackets"
  }

  private var table: TextTable {
    func column(_ title: String, isText: Bool = false, _ cell: (Point) -> String)
      -> TextTable.Column
    {
      TextTable.Column(title: title, cells: points.map(cell), isText: isText)
    }
    return TextTable(
      columns: [
        column("SRAM") { $0.sram.byteCount.map(Units.capacity) ?? "unlimited" },
        column("M/d²") { $0.sram.byteCount.map { Units.ratio(elements($0) / squaredDim) } ?? "–" },
        column("lower bound") { "\($0.bound.elements)" },
        column("by", isText: true) { $0.bound.name },
      ]
        + algorithms.indices.map { index in
          column("\(algorithms[index])") { point in
            guard let elements = point.elements(of: index), let gap = point.gap(of: index) else {
              return "does not fit"
            }
            return "\(elements) (\(Units.factor(gap)))"
          }
        } + [
          column("least", isText: true) { point in
            point.least.map { "\(algorithms[$0])" } ?? "–"
          }
        ])
  }

  private var squaredDim: Double { Double(shape.headDim * shape.headDim) }

  /// Elements of the matrices' type that fit.
  private func elements(_ bytes: Int) -> Double {
    Double(bytes) / Double(precision.elementType.size)
  }

  /// Where which algorithm is best, and how near the bound it comes.
  private var finding: String {
    var sentences: [String] = []
    var last: Int?
    for point in points {
      guard let least = point.least, least != last else { continue }
      let capacity = point.sram.byteCount.map(Units.capacity) ?? "unlimited SRAM"
      sentences.append(
        last == nil
          ? "\(algorithms[least]) moves the fewest elements from \(capacity)"
          : "\(algorithms[least]) from \(capacity)")
      last = least
    }
    if sentences.isEmpty { return "Nothing fits." }
    let gaps = points.compactMap { point in point.least.flatMap { point.gap(of: $0) } }
    let (nearest, farthest) = (gaps.min() ?? 0, gaps.max() ?? 0)
    return sentences.joined(separator: ", ") + "; the best is \(Units.factor(nearest)) to "
      + "\(Units.factor(farthest)) the lower bound."
  }
}
