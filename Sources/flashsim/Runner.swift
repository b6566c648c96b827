internal import FlashCore
internal import Foundation
internal import HBMSim

/// Runs configurations, one after another.
struct Runner {
  /// The tensors of a file, or nil where they are generated.
  let input: AttentionInput?
  let scoreInputs: ScoreInputs
  let checks: ReferenceChoice
  /// Whether outputs are kept until the end, to be written.
  let keepsResults: Bool
  private let progress = LaunchProgress()

  init(
    input: AttentionInput?, scoreInputs: ScoreInputs, checks: ReferenceChoice, keepsResults: Bool
  ) {
    self.input = input
    self.scoreInputs = scoreInputs
    self.checks = checks
    self.keepsResults = keepsResults
  }

  /// Checks all runs, then runs them.
  ///
  /// - Throws: `AttentionError`, `RunError`, `NaiveAttentionError` before the first run starts where
  ///   any of them cannot be run.
  func run(_ configurations: [RunConfiguration]) throws -> RunReport {
    for remark in input?.remarks ?? [] { note(remark) }
    let plans = try configurations.map(plan)
    for plan in plans { try checkMemory(of: plan) }
    let bar = ProgressBar(progress, works: plans.map(\.work))
    defer { bar.finish() }
    var cache = ProblemCache(input: input, scoreInputs: scoreInputs, checks: checks)
    var records: [RunRecord] = []
    for (index, configuration) in configurations.enumerated() {
      let plan = plans[index]
      let label = "\(plan.algorithm) \(plan.shape.queries)×\(plan.shape.keys)"
      bar.show(run: index, label, launches: plan.launches)
      records.append(
        try record(configuration, plan, &cache) { bar.label("checking " + label) })
    }
    return RunReport(records: records, inputs: input?.paths ?? [])
  }

  /// A configuration, ready to run.
  func plan(_ configuration: RunConfiguration) throws -> AttentionPlan {
    let shape = try input?.shape ?? configuration.generatedShape()
    var options = configuration.options(heads: shape.heads)
    options.maskTensor = scoreInputs.mask?.description
    options.bias = scoreInputs.bias?.description
    return try AttentionPlan(
      configuration.algorithm, pass: configuration.pass, shape: shape, options: options,
      precision: configuration.precision(inputs: input?.elementType),
      scale: configuration.scale, tiling: configuration.tiling,
      splits: configuration.splits, on: configuration.machine(progress: progress))
  }

  private func checkMemory(of plan: AttentionPlan) throws(RunError) {
    if plan.machine.mode == .count || input != nil { return }
    let shape = plan.shape
    // Generated numbers are f32 at first.
    let inputs =
      (plan.precision.elementType == .f32 ? 4 : 4 + plan.precision.elementType.size) * shape.batch
      * (shape.heads * shape.queries * shape.headDim
        + (plan.pass.hasBackward ? shape.heads * shape.queries * shape.valueDim : 0)
        + shape.kvHeads * shape.keys * (shape.headDim + shape.valueDim))
    let available = HostProcessor.availableMemory
    if inputs + plan.requiredMemory > available {
      throw .inputsTooLarge(needed: inputs + plan.requiredMemory, available: available)
    }
  }

  private func record(
    _ configuration: RunConfiguration, _ plan: AttentionPlan, _ cache: inout ProblemCache,
    checking: () -> Void
  ) throws -> RunRecord {
    var counting = plan.machine
    counting.mode = .count
    counting.sram = configuration.sram
    // It moves as much whatever the pattern, which may not go with its blocks.
    var options = plan.options
    options.pattern = .full
    let standard =
      (try? AttentionPlan(
        .standard, pass: plan.pass, shape: plan.shape, options: options,
        precision: plan.precision, on: counting))?
      .closedForm.total ?? .zero
    let clock = ContinuousClock()
    var execution = Execution()
    var input: AttentionInput?
    var result: FlashCore.AttentionResult?
    var verification: Verification?
    let time: Duration
    if plan.machine.mode == .count {
      time = try clock.measure { execution = try plan.count() }
    } else {
      let tensors = try cache.input(for: configuration, plan)
      input = tensors
      time = try clock.measure {
        result = try plan(
          query: tensors.query, key: tensors.key, value: tensors.value,
          outputGradient: plan.pass.hasBackward ? tensors.outputGradient : nil,
          mask: scoreInputs.mask?.tensor, bias: scoreInputs.bias?.tensor)
      }
      if let result { execution = result.execution }
      checking()
      verification = try cache.verification(for: configuration, plan, of: tensors)
    }
    return RunRecord(
      configuration: configuration, plan: plan, execution: execution, standard: standard,
      bound: plan.greatestUniversalBound,
      error: verification.flatMap { verification in
        result.map { verification.deviation(of: $0) }
      },
      naive: verification?.naive, seconds: time / .seconds(1), result: keepsResults ? result : nil,
      input: keepsResults ? input : nil, scoreInputs: scoreInputs)
  }
}

extension AttentionPlan {
  /// What the time of a run is about proportional to: the number of scores.
  fileprivate var work: Double {
    Double(shape.matrices) * Double(shape.queries) * Double(shape.keys)
  }
}

/// Writes a line for the user to standard error.
func note(_ text: String, as kind: String = "Note") {
  FileHandle.standardError.write(Data("\(kind): \(text)\n".utf8))
}

/// The last problem's tensors and reference: runs that differ in the algorithm alone share them.
private struct ProblemCache {
  let input: AttentionInput?
  let scoreInputs: ScoreInputs
  let checks: ReferenceChoice
  private var generated: (shape: AttentionShape, seed: UInt64, input: AttentionInput)?
  private var converted: AttentionInput?
  private var verified: (key: Key, Verification?)?

  /// What a reference depends on.
  private struct Key: Equatable {
    let shape: AttentionShape
    let type: ElementType
    let seed: UInt64
    let scale: Float
    let options: AttentionOptions
    let hasBackward: Bool
    /// The blocks that a pattern lies on; nil without one, where a reference does not depend on them.
    let patternBlocks: Blocks?
  }

  init(input: AttentionInput?, scoreInputs: ScoreInputs, checks: ReferenceChoice) {
    self.input = input
    self.scoreInputs = scoreInputs
    self.checks = checks
  }

  mutating func input(
    for configuration: RunConfiguration, _ plan: AttentionPlan
  ) throws -> AttentionInput {
    let type = plan.precision.elementType
    let source = try source(for: configuration, plan)
    if source.elementType == type { return source }
    if let converted, converted.elementType == type { return converted }
    let result = source.converted(to: type)
    converted = result
    return result
  }

  /// The tensors as they are read or generated.
  private mutating func source(
    for configuration: RunConfiguration, _ plan: AttentionPlan
  ) throws -> AttentionInput {
    if let input { return input }
    if let generated, generated.shape == plan.shape, generated.seed == configuration.seed {
      return generated.input
    }
    (generated, converted) = (nil, nil)
    let input = try AttentionInput(normal: plan.shape, seed: configuration.seed)
    generated = (plan.shape, configuration.seed, input)
    return input
  }

  mutating func verification(
    for configuration: RunConfiguration, _ plan: AttentionPlan, of input: AttentionInput
  ) throws -> Verification? {
    let key = Key(
      shape: plan.shape, type: plan.precision.elementType, seed: configuration.seed,
      scale: plan.scale, options: plan.options,
      hasBackward: plan.pass.hasBackward,
      patternBlocks: plan.options.pattern == .full ? nil : plan.blocks)
    if let verified, verified.key == key { return verified.1 }
    verified = nil
    let verification = try Verification(input, plan, scoreInputs, choice: checks)
    verified = (key, verification)
    return verification
  }
}
