internal import FlashCore
internal import HBMSim

/// What one run was, and what it did.
struct RunRecord {
  let configuration: RunConfiguration
  let plan: AttentionPlan
  let execution: Execution
  /// The closed form of standard attention on the same machine, with blocks that fit.
  let standard: Traffic
  /// The greatest of the lower bounds on what any program moves.
  let bound: LowerBound
  /// How far the results are from float64.
  let error: Verification.Deviation?
  let naive: Verification.Naive?
  let seconds: Double
  /// The results, where they are to be written.
  let result: FlashCore.AttentionResult?
  /// What they were computed from, where they are to be written.
  let input: AttentionInput?
  /// What changed its scores.
  let scoreInputs: ScoreInputs

  var traffic: Traffic { execution.traffic }

  /// What lay in HBM after the run.
  var memory: HBMFootprint { plan.hbmFootprint(of: execution) }

  /// How many times fewer bytes this moves than standard attention.
  var saving: Double { Double(standard.bytes) / Double(traffic.bytes) }

  /// How many times as many elements as the greatest lower bound this moves.
  var gap: Double { Double(traffic.elements) / Double(bound.elements) }

  /// Operations of matrix products per second, or nil where nothing was computed.
  var operationsPerSecond: Double? {
    plan.machine.mode == .execute ? Double(execution.operations.matmul) / seconds : nil
  }
}
