/// What was measured, in the forms that users ask for.
struct BenchReport {
  let host: [HostRecord]
  let records: [BenchRecord]

  /// The report in a form, with a line end at its end.
  func rendered(as format: ReportFormat) throws -> String {
    switch format {
    case .table: prose(\.text)
    case .markdown: prose(\.markdown)
    case .csv: csv
    case .json: try json
    }
  }

  private func prose(_ form: (TextTable) -> String) -> String {
    summary + "\n\n" + form(hostTable) + "\n" + form(table) + "\n" + finding + "\n"
  }

  /// How many figures are noisy and which is the noisiest, or that there are none.
  var noise: String {
    let verdicts =
      host.map { ($0.resource.rawValue, $0.noise) }
      + records.enumerated().map { row, record in ("row \(row + 1)", record.noise) }
    let noisy = verdicts.flatMap { place, verdict in
      verdict.figures.map { (place: place, figure: $0) }
    }
    if let worst = noisy.max(by: { $0.figure.spread < $1.figure.spread }) {
      let others = noisy.count == 1 ? "" : ", and \(noisy.count - 1) more over 10 %"
      return
        "The machine was too noisy to tell: of \(worst.place), the \(worst.figure.name) spreads "
        + "over \(BenchNoise.percent(worst.figure.spread)) of its median between quartiles\(others)."
    }
    if verdicts.contains(where: { $0.1 == .unknown }) {
      return "Noise is not known: quartiles take \(BenchNoise.leastRounds) pairs or more."
    }
    return "Quiet: no ratio, rate of a resource or peak spreads over more than "
      + "\(BenchNoise.percent(BenchNoise.limit)) of its median between quartiles."
  }
}

extension HostRecord {
  /// Whether the rate holds still.
  var noise: BenchNoise {
    BenchNoise([("rate on \(threadsText)", rate)])
  }

  private var threadsText: String {
    series.threads == 1 ? "1 thread" : "\(series.threads) threads"
  }
}
