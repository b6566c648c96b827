internal import FlashCore
internal import HBMSim
internal import NaiveAttention

/// Attention on this computer, as subjects of measurements.
struct AttentionProbe: BenchSource {
  private let host: HostProbe

  init(host: HostProbe) { self.host = host }

  func hostSubjects(threads: Int) -> [HostResource: BenchSubject] {
    host.subjects(threads: threads)
  }

  func contest(of point: BenchCase) throws -> BenchContest {
    let plan = try point.plan()
    let generated = try AttentionInput(normal: plan.shape, seed: 0)
    let input = generated.converted(to: point.type)
    // What a backward pass goes on from is there before it is timed.
    let forward =
      point.pass == .backward
      ? try point.plan(pass: .forward)(query: input.query, key: input.key, value: input.value)
        .forward : nil
    let counted = try point.plan(mode: .count).count()
    return BenchContest(
      flash: BenchSubject(
        name: "flash2", work: point.operations, threads: point.threads,
        run: {
          _ = try plan(
            query: input.query, key: input.key, value: input.value,
            outputGradient: plan.pass.hasBackward ? input.outputGradient : nil, forward: forward)
        }),
      naive: try naive(point, plan, generated), blocks: plan.blocks,
      demand: BenchContest.Demand(
        products: Double(counted.operations.matmul),
        exponentials: Double(counted.operations.exp), bytes: Double(plan.closedForm.total.bytes)))
  }

  /// Naive attention on numbers in f32, where it computes the same.
  private func naive(
    _ point: BenchCase, _ plan: AttentionPlan, _ input: AttentionInput
  ) throws -> BenchContest.Naive {
    if point.pass != .forward { return .none(reason: "it has no backward pass") }
    if point.mask != .none { return .none(reason: "it has no masks") }
    let sizes = try NaiveAttention.AttentionShape(
      heads: point.shape.heads, queries: point.shape.tokens, headDim: point.shape.headDim)
    let needed = try sizes.naivePeakMemory(threads: point.threads)
    let available = HostProcessor.availableMemory
    if needed > available {
      return .none(
        reason: "it needs \(Units.bytes(needed)) of memory, and \(Units.bytes(available)) are free")
    }
    return .subject(
      BenchSubject(
        name: "naive", work: point.operations, threads: point.threads,
        // Whole heads a thread, where there are enough of them, take no threads of OpenBLAS.
        rest: point.shape.heads >= point.threads ? 0 : openBLASRest(threads: point.threads),
        run: {
          try input.withSpans { query, key, value throws(NaiveAttentionError) in
            _ = try naiveAttention(
              query: query, key: key, value: value, shape: sizes, scale: plan.scale,
              threads: point.threads)
          }
        }))
  }
}
