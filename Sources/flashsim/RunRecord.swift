internal import FlashCore
internal import HBMSim

/// What one run was, and what it did.
struct RunRecord {
  let configuration: RunConfiguration
  let plan: AttentionPlan
  let execution: Execution
  /// The closed form of standard attention on the same machine, with blocks that fit.
  let standard: Traffic
  /// The greatest distance from float64, and how many rows of a head were compared.
  let error: (maxAbs: Double, rows: Int)?
  let naive: Verification.Naive?
  let seconds: Double
  /// The results, where they are to be written.
  let result: FlashCore.AttentionResult?

  var traffic: Traffic { execution.traffic }

  /// How many times fewer bytes this moves than standard attention.
  var saving: Double { Double(standard.bytes) / Double(traffic.bytes) }

  /// Matrix operations by the usual count, 2 · (d + d_v) a score, per second.
  var operationsPerSecond: Double {
    let shape = plan.shape
    let scores = Double(shape.matrices) * Double(shape.queries) * Double(shape.keys)
    return 2 * scores * Double(shape.headDim + shape.valueDim) / seconds
  }
}
