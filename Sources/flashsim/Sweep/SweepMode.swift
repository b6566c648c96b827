internal import ArgumentParser
internal import FlashCore
internal import HBMSim

/// Where the numbers of a sweep come from.
enum SweepMode: String, Sendable, CaseIterable, ExpressibleByArgument {
  case closedForm = "closed-form"
  case count, execute

  /// What points moved.
  func records(of points: [SweepPoint]) throws -> [SweepRecord] {
    let runner = Runner(
      input: nil, scoreInputs: ScoreInputs(mask: nil, bias: nil), checks: .none,
      keepsResults: false)
    func configuration(_ point: SweepPoint) throws -> RunConfiguration {
      var point = point
      point.configuration.mode = self == .execute ? .execute : .count
      return try point.run { try runner.plan($0).blocks }
    }
    if self == .closedForm {
      return try points.map { try SweepRecord($0, runner.plan(configuration($0))) }
    }
    let runs = try runner.run(points.map(configuration)).records
    return zip(points, runs).map { point, run in
      SweepRecord(
        point, run.plan, counted: run.execution.ledger,
        seconds: self == .execute ? run.seconds : nil)
    }
  }
}
