/// Measures the host, then cases one after another.
struct Bench {
  let source: any BenchSource
  let interleaving: Interleaving
  /// Told before each part, with what comes.
  var progress: (_ part: Int, _ label: String) -> Void = { _, _ in }

  /// Measures.
  func report(of points: [BenchCase]) throws -> BenchReport {
    let counts = Set([1] + points.map(\.threads)).sorted()
    progress(0, "this computer")
    let host = try hostRecords(threads: counts)
    var records: [BenchRecord] = []
    for (index, point) in points.enumerated() {
      progress(index + 1, "\(point.shape.defaultValueDescription) \(point.mask) \(point.pass)")
      records.append(try record(of: point, host))
    }
    return BenchReport(host: host, records: records)
  }

  /// All resources on one thread and on others, each in every round.
  private func hostRecords(threads counts: [Int]) throws -> [HostRecord] {
    let subjects = counts.flatMap { threads in
      let subjects = source.hostSubjects(threads: threads)
      return HostResource.allCases.compactMap { resource in
        subjects[resource].map { (resource, $0) }
      }
    }
    let series = try interleaving.measure(subjects.map(\.1))
    return zip(subjects, series).map { HostRecord(resource: $0.0, series: $1) }
  }

  private func record(of point: BenchCase, _ host: [HostRecord]) throws -> BenchRecord {
    func rate(_ resource: HostResource) -> Double {
      host.first { $0.resource == resource && $0.series.threads == point.threads }?
        .rate.median ?? .infinity
    }
    let contest = try source.contest(of: point)
    var subjects = [contest.flash]
    var reason: String?
    switch contest.naive {
    case .subject(let naive): subjects.append(naive)
    case .none(let text): reason = text
    }
    if let peak = source.hostSubjects(threads: point.threads)[.peak] { subjects.append(peak) }
    let series = try interleaving.measure(subjects)
    let peak = series[series.count - 1]
    return BenchRecord(
      point: point, blocks: contest.blocks, peak: peak, flash: series[0],
      naive: reason == nil ? series[1] : nil, naiveReason: reason,
      // The peak of these rounds; the rest is no better known than at the beginning.
      roofline: BenchRoofline(
        contest.demand, peak: Quartiles(peak.rates).median, exponentials: rate(.exponentials),
        bandwidth: rate(.read)))
  }
}
